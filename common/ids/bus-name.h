/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* The names of the D-Bus Specification ("Valid Names", "Valid Object Paths").  text is n bytes and needs no NUL; a NUL
 * among them is refused as any other bad byte is. */

enum {
        BUS_NAME_MAX = 255, /* of bus, interface and member names; paths have no limit of their own */
};

/* "org.example.Notes": two elements or more, none beginning with a digit. */
bool bus_name_is_well_known(const char *text, size_t n);

/* ":1.42": as a bus gives them out; elements may begin with digits. */
bool bus_name_is_unique(const char *text, size_t n);

/* "org.example.Notes", or "org.example.Notes.*" for that name and all below it: the form of policies. */
bool bus_name_is_pattern(const char *text, size_t n);

bool bus_interface_is_valid(const char *text, size_t n);
bool bus_member_is_valid(const char *text, size_t n);
bool bus_path_is_valid(const char *text, size_t n);
