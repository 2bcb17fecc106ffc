/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Login - the person's login keyring, as far as it can be had without asking anybody: it runs, and is unlocked. */
typedef struct Login Login;

/* NULL with *error: why it can't be had. */
Login *login_open(GError **error);
void login_close(Login *login);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Login, login_close)

/* The secret of that place, or NULL: there is none, or *error. */
char *login_look_up(Login *login, const char *place, GError **error);
gboolean login_store(Login *login, const char *place, const char *secret, GError **error);

G_END_DECLS
