/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The programs that are one static file under several names: what is resident while an app runs, and what stands
 * between the person and it, shares its pages, and its start is that of a small program.  One main.c each. */
int program_oriel(int argc, char **argv);
int program_engine(int argc, char **argv);
int program_bwrap(int argc, char **argv);
int program_dbus_proxy(int argc, char **argv);
int program_net_proxy(int argc, char **argv);
