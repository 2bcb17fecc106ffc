/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Readers of values: a string, or one entry of a list, without escapes and without '!'.  The answer is the value in its
 * canonical form, or NULL with *ret_fault: a translated sentence, and the offset in text of what is wrong. */

typedef struct ValueFault {
        char *sentence;
        gsize at;
} ValueFault;

typedef char *ValueReader(const char *text, ValueFault *ret_fault);

/* Makes the fault and returns NULL. */
char *value_fault(ValueFault *ret_fault, gsize at, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* One of the words, or a fault that names the nearest. */
char *value_read_word(const char *text, const char *const *words, ValueFault *ret_fault);

ValueReader value_read_text;    /* no control characters, not empty */
ValueReader value_read_app_id;  /* [Application] name */
ValueReader value_read_program; /* a name, or an absolute path */
ValueReader value_read_profile_name;
ValueReader value_read_alias;
ValueReader value_read_tree;
ValueReader value_read_bus_pattern;
ValueReader value_read_bus_rule;
ValueReader value_read_env_name;
ValueReader value_read_filesystem; /* with '!' */
ValueReader value_read_persistent;
ValueReader value_read_home;
ValueReader value_read_workspace;
ValueReader value_read_path;
ValueReader value_read_border;
ValueReader value_read_screen;
ValueReader value_read_network_rule;
ValueReader value_read_network_ask;
ValueReader value_read_network_name;
ValueReader value_read_port_in;
ValueReader value_read_budget;
ValueReader value_read_host_service;
ValueReader value_read_credential;
ValueReader value_read_syscall;
ValueReader value_read_size;
ValueReader value_read_count;
ValueReader value_read_tcp_port;
ValueReader value_read_cpu;
ValueReader value_read_time;
ValueReader value_read_box_name;
ValueReader value_read_box_hostname;
ValueReader value_read_box_map;
ValueReader value_read_subids;
ValueReader value_read_assignment; /* NAME=VALUE */
ValueReader value_read_run;
ValueReader value_read_ready;
ValueReader value_read_timeout;
ValueReader value_read_box_mount;

G_END_DECLS
