/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Profiles: what is shown is what is applied.  A text that is read, alone or as two layers with a line "%%" between
 * them, prints to a text that reads to the same values; a text that is refused is refused in printable lines. */

#include <glib.h>
#include <stdint.h>
#include <string.h>

#include "profile/profile.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void check_shown(const Profile *profile, gboolean with_origin)
{
        g_autofree char *text = profile_print(profile, with_origin), *again_text = NULL;
        g_autoptr(Profile) again = profile_parse(text, strlen(text), "again", NULL);

        g_assert_nonnull(again);
        g_assert_true(profile_equal(profile, again));
        again_text = profile_print(again, FALSE);
        if (!with_origin)
                g_assert_cmpstr(text, ==, again_text);
}

static Profile *read_layer(const char *text, gsize n)
{
        g_autoptr(GPtrArray) faults = profile_check_text(text, n, "a\nb");
        g_autoptr(Profile) profile = profile_parse(text, n, "a\nb", NULL);

        g_assert_true((profile == NULL) == (faults->len > 0));
        g_assert_cmpuint(faults->len, <=, 100);
        for (guint i = 0; i < faults->len; i++) {
                g_assert_true(g_str_has_prefix(faults->pdata[i], "a\\x0ab:"));
                for (const char *c = faults->pdata[i]; *c != '\0'; c++)
                        g_assert_true((guchar)*c >= ' ' && *c != 0x7f);
        }
        return g_steal_pointer(&profile);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
        static const char mark[] = "\n%%\n";
        const char *text = (const char *)bytes;
        const char *split = n > 0 ? memmem(text, n, mark, strlen(mark)) : NULL;
        g_autoptr(Profile) profile = read_layer(text, split != NULL ? (gsize)(split - text) : n), upper = NULL;

        if (profile == NULL)
                return 0;
        check_shown(profile, FALSE);
        check_shown(profile, TRUE);
        if (split == NULL)
                return 0;
        upper = read_layer(split + strlen(mark), n - (gsize)(split - text) - strlen(mark));
        if (upper == NULL)
                return 0;
        profile_merge(profile, upper);
        check_shown(profile, FALSE);
        return 0;
}
