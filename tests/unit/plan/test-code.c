/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <glib.h>
#include <string.h>

#include "plan/check.h"
#include "plan/code.h"
#include "plan/print.h"
#include "sample.h"

static void encode_sample(Buffer *bytes)
{
        CLEANUP(plan_freep) Plan *plan = sample_plan();

        plan_encode(plan, bytes);
        g_assert_false(bytes->failed);
}

static void test_round(void)
{
        CLEANUP(plan_freep) Plan *plan = sample_plan(), *again = NULL;
        CLEANUP(buffer_clear) Buffer first = BUFFER_INIT, second = BUFFER_INIT;
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT, text_again = BUFFER_INIT;

        plan_encode(plan, &first);
        g_assert_cmpint(plan_decode(&again, NULL, first.bytes, first.n), ==, 0);
        plan_encode(again, &second);
        g_assert_cmpmem(first.bytes, first.n, second.bytes, second.n);
        plan_print(plan, &text);
        plan_print(again, &text_again);
        g_assert_cmpstr(buffer_text(&text), ==, buffer_text(&text_again));
        g_assert_true(plan_check(again, NULL));
}

/* Every beginning of a plan is too short, and one byte more is too long. */
static void test_cut(void)
{
        CLEANUP(buffer_clear) Buffer bytes = BUFFER_INIT;

        encode_sample(&bytes);
        for (size_t n = 0; n < bytes.n; n++) {
                CLEANUP(plan_freep) Plan *plan = NULL;
                ParseError error = { 0 };

                g_assert_cmpint(plan_decode(&plan, &error, bytes.bytes, n), ==, PLAN_CODE_SHORT);
                g_assert_null(plan);
                g_assert_cmpuint(error.offset, <=, n);
        }
        buffer_add_byte(&bytes, 0);
        {
                CLEANUP(plan_freep) Plan *plan = NULL;
                ParseError error = { 0 };

                g_assert_cmpint(plan_decode(&plan, &error, bytes.bytes, bytes.n), ==, PLAN_CODE_LONG);
                g_assert_cmpuint(error.offset, ==, bytes.n - 1);
        }
}

/* Each byte set to 0xff in turn: either it is a plan that encodes to these very bytes, or it is refused. */
static void test_flip(void)
{
        CLEANUP(buffer_clear) Buffer bytes = BUFFER_INIT;

        encode_sample(&bytes);
        for (size_t i = 0; i < bytes.n; i++) {
                CLEANUP(plan_freep) Plan *plan = NULL;
                char was = bytes.bytes[i];

                bytes.bytes[i] = (char)0xff;
                if (plan_decode(&plan, NULL, bytes.bytes, bytes.n) == 0) {
                        CLEANUP(buffer_clear) Buffer again = BUFFER_INIT;

                        plan_encode(plan, &again);
                        g_assert_cmpmem(bytes.bytes, bytes.n, again.bytes, again.n);
                }
                bytes.bytes[i] = was;
        }
}

static const struct Row {
        const char *path;
        size_t at;
        guint8 byte;
        ParseError want;
} rows[] = {
        { "/code/magic", 0, 'X', { 0, PLAN_CODE_MAGIC } },
        { "/code/version", 4, PLAN_VERSION + 1, { 4, PLAN_CODE_VERSION } },
        { "/code/nul-in-string", 12, 0, { 8, PLAN_CODE_STRING } },
        { "/code/absent-string", 8, 0, { 8, PLAN_CODE_STRING } },
        { "/code/huge-string", 11, 0x7f, { 8, PLAN_CODE_RANGE } },
};

static void test_row(const void *data)
{
        const struct Row *row = data;
        CLEANUP(buffer_clear) Buffer bytes = BUFFER_INIT;
        CLEANUP(plan_freep) Plan *plan = NULL;
        ParseError error = { 0 };

        encode_sample(&bytes);
        bytes.bytes[row->at] = (char)row->byte;
        g_assert_cmpint(plan_decode(&plan, &error, bytes.bytes, bytes.n), ==, row->want.code);
        g_assert_cmpuint(error.offset, ==, row->want.offset);
        g_assert_null(plan);
}

static void test_too_much(void)
{
        CLEANUP(plan_freep) Plan *plan = sample_plan(), *decoded = NULL;
        CLEANUP(buffer_clear) Buffer bytes = BUFFER_INIT;
        g_autofree char *large = g_malloc0(PLAN_MAX_BYTES + 1);
        ParseError error = { 0 };

        g_assert_cmpint(plan_decode(&decoded, &error, large, PLAN_MAX_BYTES + 1), ==, PLAN_CODE_LONG);
        plan->boxes[SAMPLE_APP].unshare = 1 << 8;
        plan_encode(plan, &bytes);
        g_assert_true(bytes.failed);
        plan->boxes[SAMPLE_APP].unshare = 0;
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/code/round", test_round);
        g_test_add_func("/code/cut", test_cut);
        g_test_add_func("/code/flip", test_flip);
        g_test_add_func("/code/too-much", test_too_much);
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
                g_test_add_data_func(rows[i].path, &rows[i], test_row);
        return g_test_run();
}
