/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "profile/keys.h"

G_BEGIN_DECLS

/* One entry of a LIST or WORDS, or a STRING or CHOICE as a whole: its canonical text, or NULL with *ret_fault. */
char *entry_read(const KeyRow *row, const char *text, ValueFault *ret_fault);

/* What an entry is about: the word, path or text without '!', condition and suffix.  Borrowed from entry; n bytes. */
const char *entry_subject(const KeyRow *row, const char *entry, gsize *ret_n);

/* WORDS: the condition of "if:WORD:CONDITION", or NULL. */
const char *entry_condition(const KeyRow *row, const char *entry);

G_END_DECLS
