/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Witness - one question that planning asked the host, and the answer; it can be asked again in a microsecond. */

typedef enum WitnessKind {
        WITNESS_PLACE,    /* name: a path.  Is it there, of the same kind, mode and owner; is it the same directory, the
                             same link? */
        WITNESS_CONTENT,  /* the same, and nothing in it was changed (size, mtime, ctime): files that were read,
                             directories that were listed, programs */
        WITNESS_TEXT,     /* name: a file of the kernel's, whose times say nothing; text: what it holds */
        WITNESS_ABSTRACT, /* name: an abstract socket.  Does anybody listen? */
        WITNESS_HOST,     /* text: the host's name */
        WITNESS_USER,     /* text: this user's name and home in /etc/passwd, where others come and go */
        WITNESS_SCREEN,   /* name: "NUMBER:AUTHORITY" of an X display; text: its screen's size and density */
        WITNESS_NAMES,    /* name: a directory.  Was a name added to it, or taken away?  As long as not, those that were
                             missing in it are, and the witnesses that say so need not be asked: `covers` of them follow */
        WITNESS_WAYLAND,  /* name: a compositor's socket.  Does it make security contexts? */
        _WITNESS_MAX,
} WitnessKind;

enum { WITNESS_TEXT_SIZE = 128 };

typedef struct Witness {
        WitnessKind kind;
        const char *name; /* borrowed; "" where the kind has none */
        bool there;
        /* Of a path; what the kind says nothing of is 0. */
        uint64_t dev, ino, mode, uid, size;
        int64_t mtime_ns, ctime_ns;
        int64_t names_ns; /* of a directory: when its names or it were changed last; says nothing of a PLACE's answer */
        size_t covers;    /* NAMES */
        char text[WITNESS_TEXT_SIZE];
} Witness;

#define WITNESS_PASSWD "/etc/passwd"

/* Asks. */
void witness_look(Witness *ret_witness, WitnessKind kind, const char *name);

bool witness_same(const Witness *a, const Witness *b);
