/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* KeyringKey - what unlocks the app's own keyring: 32 random bytes in hex.  It lies in the person's login keyring where
 * that is to be had, else in a file of Oriel's (0600) that no app sees; the file says which.  Who asks the login
 * keyring is a program of its own, libexec/oriel/oriel-keyring-key: no launch carries what that needs. */

enum {
        KEYRING_KEY_CHARS = 64,
        KEYRING_KEY_SIZE = KEYRING_KEY_CHARS + 1,
};

typedef enum KeyringKeyPlace {
        KEYRING_KEY_NOWHERE, /* there is none yet */
        KEYRING_KEY_IN_FILE,
        KEYRING_KEY_IN_LOGIN, /* the login keyring has it */
} KeyringKeyPlace;

bool keyring_key_is_valid(const char *text, size_t n);
/* A new one.  0 or -errno. */
int keyring_key_make(char ret_key[KEYRING_KEY_SIZE]);
/* 0; -errno; -EBADMSG: something else stands there; or a code of own_file_read(). */
int keyring_key_read(const char *path, KeyringKeyPlace *ret_place, char ret_key[KEYRING_KEY_SIZE]);
/* Replaces the file; key NULL: the login keyring has it. */
int keyring_key_write(const char *path, const char *key);
/* As keyring_key_read(), but by the program that asks the login keyring, too, and a key is made where there is none.
 * environment: the caller's.  Empty: the login keyring has it and is locked, or away; the program has said so. */
int keyring_key_get(const char *path, char *const *environment, char ret_key[KEYRING_KEY_SIZE]);
