/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cache/entry.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/cleanup.h"

/* The file never leaves the machine it was written on: numbers are the machine's own. */
static const char magic[8] = { 'O', 'R', 'L', 'C', '3', '\n', '\0', (char)sizeof(size_t) };

typedef struct Cursor {
        const unsigned char *at;
        size_t left;
        bool bad;
} Cursor;

static const void *take(Cursor *cursor, size_t n)
{
        const void *bytes = cursor->at;

        if (cursor->bad || n > cursor->left) {
                cursor->bad = true;
                return NULL;
        }
        cursor->at += n;
        cursor->left -= n;
        return bytes;
}

static uint64_t take_number(Cursor *cursor, uint64_t max)
{
        const void *bytes = take(cursor, sizeof(uint64_t));
        uint64_t number = 0;

        if (bytes != NULL)
                memcpy(&number, bytes, sizeof number);
        if (number > max)
                cursor->bad = true;
        return cursor->bad ? 0 : number;
}

/* Bytes after their number. */
static const char *take_bytes(Cursor *cursor, size_t *ret_n)
{
        *ret_n = take_number(cursor, CACHE_MAX_BYTES);
        return take(cursor, *ret_n);
}

/* With its NUL, which is its last byte; NULL: absent, or bad. */
static const char *take_text(Cursor *cursor)
{
        size_t n = 0;
        const char *text = take_bytes(cursor, &n);

        if (text == NULL || n == 0)
                return NULL;
        if (strnlen(text, n) != n - 1) {
                cursor->bad = true;
                return NULL;
        }
        return text;
}

static void add_number(Buffer *bytes, uint64_t number)
{
        buffer_add(bytes, &number, sizeof number);
}

static void add_bytes(Buffer *bytes, const void *data, size_t n)
{
        add_number(bytes, n);
        buffer_add(bytes, data, n);
}

static void add_text(Buffer *bytes, const char *text)
{
        add_bytes(bytes, text != NULL ? text : "", text != NULL ? strlen(text) + 1 : 0);
}

/* ---- The record ---- */

/* Its texts, in order; a mark where one is never absent. */
#define RECORD_TEXTS(record)                                                                                           \
        {                                                                                                              \
                { &(record)->app, true }, { &(record)->profile, false }, { &(record)->instance, false },               \
                        { &(record)->display, false }, { &(record)->network, false }, { &(record)->grants, false },    \
                        { &(record)->xauthority, false }, { &(record)->hostname, false },                              \
                        { &(record)->x_display, false }, { &(record)->inner_display, false },                          \
                        { &(record)->keyring_secret, false }, { &(record)->user_runtime, true },                       \
                        { &(record)->state_above, true },                                                              \
        }

typedef struct RecordText {
        const char **text;
        bool needed;
} RecordText;

enum { FLAG_NO_DAEMON = 1 << 0, FLAG_NO_ASK = 1 << 1, FLAG_VERBOSE = 1 << 2, ALL_FLAGS = (1 << 3) - 1 };

static void add_record(Buffer *bytes, const StartRecord *record)
{
        StartRecord copy = *record;
        const RecordText texts[] = RECORD_TEXTS(&copy);

        for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
                add_text(bytes, *texts[i].text);
        add_number(bytes, (copy.no_daemon ? FLAG_NO_DAEMON : 0) | (copy.no_ask ? FLAG_NO_ASK : 0) |
                                  (copy.verbose ? FLAG_VERBOSE : 0));
}

static void take_record(Cursor *cursor, StartRecord *record)
{
        const RecordText texts[] = RECORD_TEXTS(record);
        uint64_t flags;

        for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
                *texts[i].text = take_text(cursor);
                if (texts[i].needed && *texts[i].text == NULL)
                        cursor->bad = true;
        }
        flags = take_number(cursor, ALL_FLAGS);
        record->no_daemon = (flags & FLAG_NO_DAEMON) != 0;
        record->no_ask = (flags & FLAG_NO_ASK) != 0;
        record->verbose = (flags & FLAG_VERBOSE) != 0;
}

/* ---- Witnesses ---- */

static bool is_of_path(WitnessKind kind)
{
        return kind == WITNESS_PLACE || kind == WITNESS_CONTENT || kind == WITNESS_NAMES;
}

/* What the kind says nothing of is not written: most witnesses are of what is missing. */
static void add_witness(Buffer *bytes, const Witness *witness)
{
        const uint64_t numbers[] = { witness->dev,
                                     witness->ino,
                                     witness->mode,
                                     witness->uid,
                                     witness->size,
                                     (uint64_t)witness->mtime_ns,
                                     (uint64_t)witness->ctime_ns };

        add_number(bytes, witness->kind);
        add_number(bytes, witness->there);
        add_text(bytes, witness->name);
        if (!is_of_path(witness->kind))
                add_text(bytes, witness->text);
        else if (witness->there)
                buffer_add(bytes, numbers, sizeof numbers);
}

/* skip, in bytes: over those that it covers. */
static void take_witness(Cursor *cursor, Witness *witness, size_t *ret_skip)
{
        memset(witness, 0, offsetof(Witness, text));
        witness->text[0] = '\0';
        *ret_skip = 0;
        witness->kind = (WitnessKind)take_number(cursor, _WITNESS_MAX - 1);
        witness->there = take_number(cursor, 1) == 1;
        witness->name = take_text(cursor);
        if (!is_of_path(witness->kind)) {
                const char *text = take_text(cursor);

                if (text == NULL || strlen(text) >= sizeof witness->text)
                        cursor->bad = true;
                else
                        strcpy(witness->text, text);
        } else if (witness->there) {
                witness->dev = take_number(cursor, UINT64_MAX);
                witness->ino = take_number(cursor, UINT64_MAX);
                witness->mode = take_number(cursor, UINT64_MAX);
                witness->uid = take_number(cursor, UINT64_MAX);
                witness->size = take_number(cursor, UINT64_MAX);
                witness->mtime_ns = (int64_t)take_number(cursor, UINT64_MAX);
                witness->ctime_ns = (int64_t)take_number(cursor, UINT64_MAX);
        }
        if (witness->kind == WITNESS_NAMES) {
                witness->names_ns = (int64_t)take_number(cursor, UINT64_MAX);
                witness->covers = take_number(cursor, CACHE_MAX_WITNESSES);
                *ret_skip = take_number(cursor, CACHE_MAX_BYTES);
        }
        if (witness->name == NULL)
                cursor->bad = true;
}

/* With those that witnesses[0] covers: how many it was in all. */
static size_t add_with_covered(Buffer *bytes, const Witness *witnesses, size_t n)
{
        CLEANUP(buffer_clear) Buffer covered = BUFFER_INIT;
        size_t covers = witnesses->covers < n ? witnesses->covers : n - 1;

        add_witness(bytes, witnesses);
        if (witnesses->kind != WITNESS_NAMES)
                return 1;
        for (size_t i = 1; i <= covers; i++)
                add_witness(&covered, &witnesses[i]);
        add_number(bytes, (uint64_t)witnesses->names_ns);
        add_number(bytes, covers);
        add_number(bytes, covered.n);
        buffer_add(bytes, covered.bytes, covered.n);
        if (covered.failed)
                bytes->failed = true;
        return 1 + covers;
}

static bool next_witness(const CacheEntry *entry, size_t *at, Witness *ret_witness, size_t *ret_skip)
{
        Cursor cursor = { .at = entry->untrusted_witnesses + *at, .left = entry->n_witness_bytes - *at };

        if (cursor.left == 0)
                return false;
        take_witness(&cursor, ret_witness, ret_skip);
        *at = entry->n_witness_bytes - cursor.left;
        return !cursor.bad;
}

bool cache_entry_witness(const CacheEntry *entry, size_t *at, Witness *ret_witness)
{
        size_t skip;

        return next_witness(entry, at, ret_witness, &skip);
}

bool cache_entry_holds(const CacheEntry *entry, const char **ret_changed)
{
        Witness then, now;
        size_t at = 0, skip;

        while (next_witness(entry, &at, &then, &skip)) {
                witness_look(&now, then.kind, then.name);
                if (witness_same(&then, &now)) {
                        at += skip;
                        continue;
                }
                /* Something was; perhaps none of these. */
                if (then.kind == WITNESS_NAMES)
                        continue;
                if (ret_changed != NULL)
                        *ret_changed = then.name;
                return false;
        }
        return true;
}

/* ---- The whole ---- */

void cache_entry_encode(Buffer *ret_bytes, const CacheEntry *entry, const Witness *witnesses)
{
        buffer_add(ret_bytes, magic, sizeof magic);
        add_bytes(ret_bytes, entry->key, entry->n_key);
        add_number(ret_bytes, entry->n_witnesses);
        for (size_t i = 0; i < entry->n_witnesses;)
                i += add_with_covered(ret_bytes, &witnesses[i], entry->n_witnesses - i);
        add_record(ret_bytes, &entry->record);
        add_bytes(ret_bytes, entry->call, entry->n_call);
        add_bytes(ret_bytes, entry->plan, entry->n_plan);
        if (ret_bytes->n > CACHE_MAX_BYTES || entry->n_witnesses > CACHE_MAX_WITNESSES)
                ret_bytes->failed = true;
}

/* Over all of them; what one covers is of whole ones, of paths, and none of them covers others. */
static void take_witnesses(Cursor *cursor, size_t n)
{
        size_t covers = 0, end = 0;
        Witness witness;

        for (size_t i = 0; i < n && !cursor->bad; i++) {
                size_t skip;

                take_witness(cursor, &witness, &skip);
                if (covers > 0) {
                        covers--;
                        if (!is_of_path(witness.kind) || witness.kind == WITNESS_NAMES || witness.there ||
                            (covers == 0 && cursor->left != end))
                                cursor->bad = true;
                } else if (witness.kind == WITNESS_NAMES) {
                        covers = witness.covers;
                        if (covers == 0 || covers >= n - i || skip > cursor->left)
                                cursor->bad = true;
                        end = cursor->left - skip;
                }
        }
}

int cache_entry_decode(CacheEntry *ret_entry, const void *untrusted_bytes, size_t n)
{
        Cursor cursor = { .at = untrusted_bytes, .left = n };
        CacheEntry entry = { 0 };
        const void *head = take(&cursor, sizeof magic);

        if (head == NULL || memcmp(head, magic, sizeof magic) != 0)
                return -EINVAL;
        entry.key = take_bytes(&cursor, &entry.n_key);
        entry.n_witnesses = take_number(&cursor, CACHE_MAX_WITNESSES);
        entry.untrusted_witnesses = cursor.at;
        take_witnesses(&cursor, entry.n_witnesses);
        entry.n_witness_bytes = (size_t)(cursor.at - entry.untrusted_witnesses);
        take_record(&cursor, &entry.record);
        entry.call = take_bytes(&cursor, &entry.n_call);
        entry.plan = take_bytes(&cursor, &entry.n_plan);
        if (cursor.bad || cursor.left != 0)
                return -EINVAL;
        *ret_entry = entry;
        return 0;
}
