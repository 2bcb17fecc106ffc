/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Plans as bytes, and back.
 *
 * One description serves both directions: code_mount() and its like name each field once, in order, and the Coder
 * either appends the value or reads it.  So the two cannot drift apart, and adding a field is one line (and
 * PLAN_VERSION + 1).
 *
 * The bytes are "ORLP", the version, then the fields.  Numbers are little-endian, 32 or 64 bits.  A string is its
 * length + 1 and its bytes, an absent one is 0; a list is its count, then its elements.  There is one way to write each
 * value and decoding refuses every other, down to the last byte. */
#include "plan/code.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char magic[4] = { 'O', 'R', 'L', 'P' };

typedef struct Coder {
        Buffer *out; /* encoding; NULL: decoding */
        const unsigned char *untrusted_bytes;
        size_t n, at;
        int error; /* a code, or -ENOMEM: nothing more is read */
} Coder;

static void fail(Coder *coder, int error)
{
        if (coder->error == 0)
                coder->error = error;
}

/* Gives n bytes of the input, or NULL after a failure. */
static const unsigned char *take(Coder *coder, size_t n)
{
        const unsigned char *p = coder->untrusted_bytes + coder->at;

        if (coder->error != 0)
                return NULL;
        if (n > coder->n - coder->at) {
                fail(coder, PLAN_CODE_SHORT);
                return NULL;
        }
        coder->at += n;
        return p;
}

static void code_u64_in(Coder *coder, uint64_t *value, size_t width)
{
        const unsigned char *p;

        if (coder->out != NULL) {
                for (size_t i = 0; i < width; i++)
                        buffer_add_byte(coder->out, (char)(*value >> (8 * i)));
                return;
        }
        p = take(coder, width);
        if (p == NULL)
                return;
        *value = 0;
        for (size_t i = 0; i < width; i++)
                *value |= (uint64_t)p[i] << (8 * i);
}

static void code_u64(Coder *coder, uint64_t *value)
{
        code_u64_in(coder, value, 8);
}

/* A number of at most max; the offset of the error is the number's own. */
static void code_u32(Coder *coder, uint32_t *value, uint32_t max)
{
        uint64_t wide = *value;
        size_t at = coder->at;

        code_u64_in(coder, &wide, 4);
        if (coder->error == 0 && wide > max) {
                coder->at = at;
                fail(coder, PLAN_CODE_RANGE);
                return;
        }
        *value = (uint32_t)wide;
}

/* Numbers of programs' descriptors: -1 or more, written as value + 1. */
static void code_fd(Coder *coder, int32_t *value)
{
        uint32_t shifted = (uint32_t)(*value + 1);

        code_u32(coder, &shifted, INT32_MAX);
        *value = (int32_t)shifted - 1;
}

static void code_bool(Coder *coder, bool *value)
{
        uint32_t number = *value ? 1 : 0;

        code_u32(coder, &number, 1);
        *value = number == 1;
}

/* An enum or a set of flags. */
#define CODE_ENUM(coder, field, max)                                                                                   \
        do {                                                                                                           \
                uint32_t number_ = (uint32_t)(field);                                                                  \
                                                                                                                       \
                code_u32((coder), &number_, (max));                                                                    \
                (field) = number_;                                                                                     \
        } while (0)

/* Bytes that may hold NUL; one NUL follows in memory.  *bytes may be absent. */
static void code_bytes(Coder *coder, char **bytes, size_t *n)
{
        uint32_t length = *bytes == NULL ? 0 : (uint32_t)*n + 1;
        const unsigned char *p;

        code_u32(coder, &length, PLAN_MAX_BYTES);
        if (coder->error != 0 || length == 0)
                return;
        if (coder->out != NULL) {
                buffer_add(coder->out, *bytes, *n);
                return;
        }
        p = take(coder, length - 1);
        if (p == NULL)
                return;
        *bytes = malloc(length);
        if (*bytes == NULL) {
                fail(coder, -ENOMEM);
                return;
        }
        memcpy(*bytes, p, length - 1);
        (*bytes)[length - 1] = '\0';
        *n = length - 1;
}

static void code_optional_string(Coder *coder, char **string)
{
        size_t n = *string == NULL ? 0 : strlen(*string), at = coder->at;

        code_bytes(coder, string, &n);
        if (coder->error == 0 && *string != NULL && strlen(*string) != n) {
                coder->at = at;
                fail(coder, PLAN_CODE_STRING);
        }
}

static void code_string(Coder *coder, char **string)
{
        size_t at = coder->at;

        code_optional_string(coder, string);
        if (coder->error == 0 && *string == NULL) {
                coder->at = at;
                fail(coder, PLAN_CODE_STRING);
        }
}

/* The count of a list.  Decoding, makes room for that many elements (zeroed) where *elements is; each takes at least
 * four bytes, so a count that the rest of the input can't hold is refused before anything is allocated. */
static void code_count(Coder *coder, void *elements, size_t *n, size_t size, uint32_t max)
{
        uint32_t count = (uint32_t)*n;
        size_t at = coder->at;
        void *room;

        code_u32(coder, &count, max);
        if (coder->out != NULL)
                return;
        *n = 0;
        if (coder->error != 0 || count == 0)
                return;
        if (count > (coder->n - coder->at) / 4) {
                coder->at = at;
                fail(coder, PLAN_CODE_SHORT);
                return;
        }
        room = calloc(count, size);
        if (room == NULL) {
                fail(coder, -ENOMEM);
                return;
        }
        memcpy(elements, &room, sizeof room);
        *n = count;
}

/* A NULL-terminated list. */
static void code_strings(Coder *coder, char ***strings, uint32_t max)
{
        uint32_t count = 0;
        size_t at = coder->at;

        while (coder->out != NULL && *strings != NULL && (*strings)[count] != NULL)
                count++;
        code_u32(coder, &count, max);
        if (coder->error != 0)
                return;
        if (coder->out == NULL) {
                if (count > (coder->n - coder->at) / 4) {
                        coder->at = at;
                        fail(coder, PLAN_CODE_SHORT);
                        return;
                }
                *strings = calloc((size_t)count + 1, sizeof **strings);
                if (*strings == NULL) {
                        fail(coder, -ENOMEM);
                        return;
                }
        }
        for (uint32_t i = 0; *strings != NULL && i < count && coder->error == 0; i++)
                code_string(coder, &(*strings)[i]);
}

static void code_ports(Coder *coder, uint32_t **ports, size_t *n)
{
        code_count(coder, ports, n, sizeof **ports, PLAN_MAX_PORTS);
        for (size_t i = 0; i < *n && coder->error == 0; i++)
                code_u32(coder, &(*ports)[i], UINT16_MAX);
}

static void code_mount(Coder *coder, PlanMount *mount)
{
        CODE_ENUM(coder, mount->kind, _PLAN_MOUNT_MAX - 1);
        code_u32(coder, &mount->flags, _PLAN_MOUNT_INSTANCE_FLAGS);
        code_string(coder, &mount->dest);
        code_optional_string(coder, &mount->source);
        code_optional_string(coder, &mount->source_root);
        code_strings(coder, &mount->lowers, PLAN_MAX_LOWERS);
        code_optional_string(coder, &mount->work);
        code_optional_string(coder, &mount->slot);
        code_bytes(coder, &mount->content, &mount->n_content);
        code_u32(coder, &mount->mode, 07777);
        code_u64(coder, &mount->size);
}

static void code_listener(Coder *coder, PlanListener *listener)
{
        code_string(coder, &listener->slot);
        CODE_ENUM(coder, listener->kind, _PLAN_LISTENER_MAX - 1);
        code_string(coder, &listener->address);
        code_u32(coder, &listener->port, UINT16_MAX);
}

static void code_ranges(Coder *coder, PlanRange **ranges, size_t *n)
{
        code_count(coder, ranges, n, sizeof **ranges, PLAN_MAX_RANGES);
        for (size_t i = 0; i < *n && coder->error == 0; i++) {
                code_u32(coder, &(*ranges)[i].inside, UINT32_MAX);
                code_u32(coder, &(*ranges)[i].outside, UINT32_MAX);
                code_u32(coder, &(*ranges)[i].count, UINT32_MAX);
        }
}

static void code_box(Coder *coder, PlanBox *box)
{
        code_string(coder, &box->name);
        CODE_ENUM(coder, box->kind, _PLAN_BOX_MAX - 1);
        code_u32(coder, &box->parent, PLAN_MAX_BOXES - 1);
        code_u32(coder, &box->unshare, _PLAN_NS_ALL);
        code_u32(coder, &box->uid, UINT32_MAX);
        code_u32(coder, &box->gid, UINT32_MAX);
        code_ranges(coder, &box->uids, &box->n_uids);
        code_ranges(coder, &box->gids, &box->n_gids);
        code_u64(coder, &box->capabilities);
        code_optional_string(coder, &box->hostname);
        code_count(coder, &box->mounts, &box->n_mounts, sizeof *box->mounts, PLAN_MAX_MOUNTS);
        for (size_t i = 0; i < box->n_mounts && coder->error == 0; i++)
                code_mount(coder, &box->mounts[i]);
        code_strings(coder, &box->routes, PLAN_MAX_ROUTES);
        code_count(coder, &box->listeners, &box->n_listeners, sizeof *box->listeners, PLAN_MAX_LISTENERS);
        for (size_t i = 0; i < box->n_listeners && coder->error == 0; i++)
                code_listener(coder, &box->listeners[i]);
}

static void code_program(Coder *coder, PlanProgram *program)
{
        code_string(coder, &program->name);
        code_u32(coder, &program->box, PLAN_MAX_BOXES - 1);
        code_bool(coder, &program->app);
        code_strings(coder, &program->argv, PLAN_MAX_STRINGS);
        code_strings(coder, &program->envp, PLAN_MAX_STRINGS);
        code_optional_string(coder, &program->cwd);
        code_string(coder, &program->home);
        CODE_ENUM(coder, program->stdio, _PLAN_STDIO_MAX - 1);
        code_count(coder, &program->fds, &program->n_fds, sizeof *program->fds, PLAN_MAX_SLOTS);
        for (size_t i = 0; i < program->n_fds && coder->error == 0; i++) {
                code_string(coder, &program->fds[i].slot);
                code_fd(coder, &program->fds[i].target);
        }
        CODE_ENUM(coder, program->ready, _PLAN_READY_MAX - 1);
        code_fd(coder, &program->ready_fd);
        code_optional_string(coder, &program->ready_path);
        code_u32(coder, &program->ready_timeout_ms, UINT32_MAX);
        code_count(coder, &program->after, &program->n_after, sizeof *program->after, PLAN_MAX_PROGRAMS);
        for (size_t i = 0; i < program->n_after && coder->error == 0; i++)
                code_u32(coder, &program->after[i], PLAN_MAX_PROGRAMS - 1);
        CODE_ENUM(coder, program->death, _PLAN_DEATH_MAX - 1);
        CODE_ENUM(coder, program->seccomp, _PLAN_SECCOMP_MAX - 1);
        code_strings(coder, &program->seccomp_allow, PLAN_MAX_CALLS);
        code_strings(coder, &program->seccomp_deny, PLAN_MAX_CALLS);
        code_bytes(coder, &program->filter, &program->n_filter);
        code_bool(coder, &program->mdwe);
        code_u32(coder, &program->learn_fd, INT32_MAX);
        code_bool(coder, &program->learn_ask);
        code_u32(coder, &program->landlock, _PLAN_LANDLOCK_ALL);
        code_ports(coder, &program->connect_ports, &program->n_connect_ports);
        code_ports(coder, &program->bind_ports, &program->n_bind_ports);
        code_count(coder, &program->limits, &program->n_limits, sizeof *program->limits, PLAN_MAX_LIMITS);
        for (size_t i = 0; i < program->n_limits && coder->error == 0; i++) {
                code_u32(coder, &program->limits[i].resource, UINT32_MAX);
                code_u64(coder, &program->limits[i].value);
        }
}

static void code_guard(Coder *coder, PlanGuard *guard)
{
        code_string(coder, &guard->path);
        code_strings(coder, &guard->classes, PLAN_MAX_CLASSES);
        code_string(coder, &guard->state);
        code_bool(coder, &guard->wall);
}

static void code_plan(Coder *coder, Plan *plan)
{
        code_string(coder, &plan->id);
        code_string(coder, &plan->app);
        code_strings(coder, &plan->slots, PLAN_MAX_SLOTS);
        code_strings(coder, &plan->optional_slots, PLAN_MAX_SLOTS);
        code_count(coder, &plan->boxes, &plan->n_boxes, sizeof *plan->boxes, PLAN_MAX_BOXES);
        for (size_t i = 0; i < plan->n_boxes && coder->error == 0; i++)
                code_box(coder, &plan->boxes[i]);
        code_count(coder, &plan->programs, &plan->n_programs, sizeof *plan->programs, PLAN_MAX_PROGRAMS);
        for (size_t i = 0; i < plan->n_programs && coder->error == 0; i++)
                code_program(coder, &plan->programs[i]);
        code_u64(coder, &plan->budget.memory);
        code_u32(coder, &plan->budget.pids, UINT32_MAX);
        code_u32(coder, &plan->budget.cpu, UINT32_MAX);
        code_u32(coder, &plan->budget.seconds, INT32_MAX);
        code_count(coder, &plan->guards, &plan->n_guards, sizeof *plan->guards, PLAN_MAX_GUARDS);
        for (size_t i = 0; i < plan->n_guards && coder->error == 0; i++)
                code_guard(coder, &plan->guards[i]);
        code_strings(coder, &plan->notes, PLAN_MAX_STRINGS);
}

void plan_encode(const Plan *plan, Buffer *ret_bytes)
{
        Coder coder = { .out = ret_bytes };
        size_t start = ret_bytes->n;
        uint32_t version = PLAN_VERSION;

        buffer_add(ret_bytes, magic, sizeof magic);
        code_u32(&coder, &version, UINT32_MAX);
        code_plan(&coder, (Plan *)plan); /* encoding only reads */
        if (coder.error != 0 || ret_bytes->n - start > PLAN_MAX_BYTES)
                ret_bytes->failed = true;
}

static void decode_head(Coder *coder)
{
        const unsigned char *p = take(coder, sizeof magic);
        uint32_t version = 0;

        if (p != NULL && memcmp(p, magic, sizeof magic) != 0) {
                coder->at = 0;
                fail(coder, PLAN_CODE_MAGIC);
        }
        code_u32(coder, &version, UINT32_MAX);
        if (coder->error == 0 && version != PLAN_VERSION) {
                coder->at = sizeof magic;
                fail(coder, PLAN_CODE_VERSION);
        }
}

int plan_decode(Plan **ret_plan, ParseError *ret_error, const void *bytes, size_t n)
{
        CLEANUP(plan_freep) Plan *plan = calloc(1, sizeof *plan);
        Coder coder = { .untrusted_bytes = bytes, .n = n };

        if (plan == NULL)
                return -ENOMEM;
        if (n > PLAN_MAX_BYTES)
                return parse_error_set(ret_error, PLAN_MAX_BYTES, PLAN_CODE_LONG);
        decode_head(&coder);
        if (coder.error == 0)
                code_plan(&coder, plan);
        if (coder.error == 0 && coder.at != n)
                fail(&coder, PLAN_CODE_LONG);
        if (coder.error < 0)
                return coder.error;
        if (coder.error > 0)
                return parse_error_set(ret_error, coder.at, coder.error);
        *ret_plan = STEAL(plan);
        return 0;
}
