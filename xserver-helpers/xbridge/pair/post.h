/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/cleanup.h"
#include "pair/letter.h"

/* Post - one end of the socket between agent and daemon.  Sending never waits: what the socket does not take stays in a
 * queue, where a pointer's way is shortened to its end; a peer that lets the queue grow full has stopped. */
typedef struct Post Post;

enum { POST_WAITING_MAX = 1024 };

/* The socket is the post's from here on, and does not block.  NULL when out of memory. */
Post *post_new(int *socket, LetterFrom self);
void post_free(Post *post);
DEFINE_CLEANUP(Post, post_free)

int post_socket(const Post *post);
/* Is there something to send, when the socket can be written? */
bool post_waits(const Post *post);

/* Only type, slot, generation and the type's own part are read.  fd: sent with it and closed, or -1.  Failures are
 * remembered: post_fault(). */
void post_send(Post *post, const Letter *letter, int fd);
void post_flush(Post *post);

/* 1: a letter, checked, and its descriptor or -1.  0: none now.  A letter that means nothing is dropped and counted.
 * The end of the socket is a fault. */
int post_receive(Post *post, Letter *ret_letter, int *ret_fd);

/* 0, -ENOBUFS: the peer has stopped reading; -EPIPE: it is gone; -EPROTO: too many letters meant nothing. */
int post_fault(const Post *post);
uint64_t post_dropped(const Post *post);
