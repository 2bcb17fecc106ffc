/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <poll.h>
#include <stdbool.h>

#include "base/cleanup.h"

/* FrontTerminal - the caller's terminal and the box's pty, one relayed to the other.  What the box says passes a
 * RelayFilter; what the person types passes as it is.  While it is open the terminal is raw; closing it puts back what
 * was there and swallows answers that arrive late. */
typedef struct FrontTerminal FrontTerminal;

enum { FRONT_TERMINAL_POLLS = 2 };

/* Takes pty_fd, the master, also on failure.  0; -ENOTTY when none of 0, 1, 2 is a terminal; other -errno. */
int front_terminal_open(FrontTerminal **ret_terminal, int pty_fd);

/* Relays what is still there, restores the terminal, frees.  NULL is fine. */
void front_terminal_close(FrontTerminal *terminal);
DEFINE_CLEANUP(FrontTerminal, front_terminal_close)

/* Fills two entries; returns how long poll(2) may wait at most in ms, -1: for ever. */
int front_terminal_prepare(FrontTerminal *terminal, struct pollfd polls[FRONT_TERMINAL_POLLS]);
void front_terminal_handle(FrontTerminal *terminal, const struct pollfd polls[FRONT_TERMINAL_POLLS]);

/* SIGWINCH: the terminal's size goes to the pty. */
void front_terminal_resize(FrontTerminal *terminal);
/* SIGTSTP: stops this process like one that was told to, with the terminal as it was.  NULL is fine. */
void front_terminal_stop(FrontTerminal *terminal);
/* SIGCONT: we go on, in the foreground or not. */
void front_terminal_resume(FrontTerminal *terminal);

/* The person's side is gone for good. */
bool front_terminal_is_hung_up(const FrontTerminal *terminal);
