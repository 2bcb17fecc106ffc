/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Profile: what layers of text add up to.  Merging is "take what is set"; the meaning of '!' is in values.c. */

#include "profile/profile.h"

#include <string.h>

#include "profile/entry.h"
#include "profile/values.h"

static const char *const no_entries[] = { NULL };

Profile *profile_new(void)
{
        return g_new0(Profile, 1);
}

void profile_free(Profile *profile)
{
        if (profile == NULL)
                return;
        for (gsize i = 0; i < _PROFILE_KEY_MAX; i++)
                value_clear(&profile->values[i]);
        for (gsize i = 0; i < _PROFILE_MAP_MAX; i++)
                map_clear(&profile->maps[i]);
        g_free(profile);
}

Profile *profile_copy(const Profile *profile)
{
        Profile *copy = profile_new();

        profile_merge(copy, profile);
        return copy;
}

static gboolean is_list(ProfileKey key)
{
        ProfileType type = profile_key_info(key)->type;

        return type == PROFILE_TYPE_LIST || type == PROFILE_TYPE_WORDS;
}

static void merge_value(Profile *profile, const Profile *over, ProfileKey key)
{
        Value *value = &profile->values[key];
        const Value *upper = &over->values[key];

        if (!upper->set)
                return;
        if (key == PROFILE_CONTEXT_FILESYSTEMS && g_strv_contains(profile_get_list(over, key), "!host:reset"))
                value_clear(value);
        value_set_empty(value);
        for (guint i = 0; i < upper->texts->len; i++) {
                const Origin *origin = &g_array_index(upper->origins, Origin, i);

                if (is_list(key))
                        value_add(value, key_row(key), upper->texts->pdata[i], origin);
                else
                        value_set(value, upper->texts->pdata[i], origin);
        }
}

void profile_merge(Profile *profile, const Profile *over)
{
        const Map *variables = &over->maps[PROFILE_MAP_ENVIRONMENT];
        const char *const *unset = profile_get_list(over, PROFILE_CONTEXT_UNSET_ENVIRONMENT);

        for (guint i = 0; unset[i] != NULL; i++)
                map_remove(&profile->maps[PROFILE_MAP_ENVIRONMENT], unset[i]);
        for (guint i = 0; variables->names != NULL && i < variables->names->len; i++)
                value_remove(&profile->values[PROFILE_CONTEXT_UNSET_ENVIRONMENT], variables->names->pdata[i]);
        if (profile_map_size(over, PROFILE_MAP_BOX) > 0)
                value_clear(&profile->values[PROFILE_ORIEL_TREE]);
        if (profile_is_set(over, PROFILE_ORIEL_TREE))
                map_clear(&profile->maps[PROFILE_MAP_BOX]);
        for (ProfileKey key = 0; key < _PROFILE_KEY_MAX; key++)
                merge_value(profile, over, key);
        for (gsize m = 0; m < _PROFILE_MAP_MAX; m++) {
                const Map *upper = &over->maps[m];

                for (guint i = 0; upper->names != NULL && i < upper->names->len; i++)
                        map_set(&profile->maps[m], upper->names->pdata[i], upper->texts->pdata[i],
                                &g_array_index(upper->origins, Origin, i));
        }
}

void profile_settle(Profile *profile)
{
        const char *const *unset = profile_get_list(profile, PROFILE_CONTEXT_UNSET_ENVIRONMENT);

        for (guint i = 0; unset[i] != NULL; i++)
                map_remove(&profile->maps[PROFILE_MAP_ENVIRONMENT], unset[i]);
}

gboolean profile_is_set(const Profile *profile, ProfileKey key)
{
        return profile->values[key].set;
}

const char *profile_get_string(const Profile *profile, ProfileKey key)
{
        const Value *value = &profile->values[key];

        if (is_list(key))
                return NULL;
        return value->set ? value->texts->pdata[0] : profile_key_info(key)->fallback;
}

guint profile_get_choice(const Profile *profile, ProfileKey key)
{
        const char *text = profile_get_string(profile, key);
        const char *const *words = profile_key_info(key)->words;
        guint i = 0;

        while (words[i] != NULL && !g_str_equal(words[i], text))
                i++;
        return i;
}

const char *const *profile_get_list(const Profile *profile, ProfileKey key)
{
        const Value *value = &profile->values[key];

        if (!value->set || value->texts->len == 0)
                return no_entries;
        return (const char *const *)value->texts->pdata;
}

static gboolean condition_holds(const char *condition, ProfileCondition *holds, gconstpointer data)
{
        static const char *const asked[] = { "has-wayland", "has-input-device", "has-usb-device", "has-usb-portal",
                                             NULL };
        gboolean negated = condition[0] == '!';

        condition += negated;
        if (g_str_equal(condition, "true") || g_str_equal(condition, "false"))
                return negated != g_str_equal(condition, "true");
        /* Unknown ones hold neither way: a later Flatpak's wish is not widened by our not knowing it. */
        if (holds == NULL || !g_strv_contains(asked, condition))
                return FALSE;
        return negated != !!holds(condition, data);
}

gboolean profile_has_word_if(
        const Profile *profile, ProfileKey key, const char *word, ProfileCondition *holds, gconstpointer data)
{
        const KeyRow *row = key_row(key);
        const char *const *entries = profile_get_list(profile, key);
        gsize n = 0;

        for (; *entries != NULL; entries++) {
                const char *condition = entry_condition(row, *entries);
                const char *subject = entry_subject(row, *entries, &n);

                if ((*entries)[0] == '!' || n != strlen(word) || memcmp(subject, word, n) != 0)
                        continue;
                if (condition == NULL || condition_holds(condition, holds, data))
                        return TRUE;
        }
        return FALSE;
}

gboolean profile_has_word(const Profile *profile, ProfileKey key, const char *word)
{
        return profile_has_word_if(profile, key, word, NULL, NULL);
}

static ProfileOrigin public_origin(const GArray *origins, guint i)
{
        const Origin *origin = NULL;

        if (origins == NULL || i >= origins->len)
                return (ProfileOrigin){ .file = "default" };
        origin = &g_array_index(origins, Origin, i);
        return (ProfileOrigin){ .file = origin->file, .line = origin->line };
}

ProfileOrigin profile_origin(const Profile *profile, ProfileKey key, guint i)
{
        return public_origin(profile->values[key].origins, i);
}

guint profile_map_size(const Profile *profile, ProfileMap map)
{
        return profile->maps[map].names != NULL ? profile->maps[map].names->len : 0;
}

const char *profile_map_name(const Profile *profile, ProfileMap map, guint i)
{
        return profile->maps[map].names->pdata[i];
}

const char *profile_map_value(const Profile *profile, ProfileMap map, guint i)
{
        return profile->maps[map].texts->pdata[i];
}

const char *profile_map_get(const Profile *profile, ProfileMap map, const char *name)
{
        guint i = map_find(&profile->maps[map], name);

        return i != G_MAXUINT ? profile_map_value(profile, map, i) : NULL;
}

ProfileOrigin profile_map_origin(const Profile *profile, ProfileMap map, guint i)
{
        return public_origin(profile->maps[map].origins, i);
}

static gboolean maps_equal(const Profile *a, const Profile *b, ProfileMap map)
{
        guint n = profile_map_size(a, map);

        if (n != profile_map_size(b, map))
                return FALSE;
        for (guint i = 0; i < n; i++)
                if (g_strcmp0(profile_map_value(a, map, i), profile_map_get(b, map, profile_map_name(a, map, i))) != 0)
                        return FALSE;
        return TRUE;
}

gboolean profile_equal(const Profile *a, const Profile *b)
{
        for (ProfileKey key = 0; key < _PROFILE_KEY_MAX; key++) {
                if (a->values[key].set != b->values[key].set)
                        return FALSE;
                if (is_list(key) ? !g_strv_equal(profile_get_list(a, key), profile_get_list(b, key))
                                 : g_strcmp0(profile_get_string(a, key), profile_get_string(b, key)) != 0)
                        return FALSE;
        }
        for (ProfileMap map = 0; map < _PROFILE_MAP_MAX; map++)
                if (!maps_equal(a, b, map))
                        return FALSE;
        return TRUE;
}
