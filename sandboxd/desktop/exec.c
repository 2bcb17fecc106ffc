/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Exec values: text to arguments and back.  Pure.
 *
 * Strict where launchers differ: GLib reads single quotes as a shell does, KDE expands "~"; the specification says that
 * such characters are reserved.  A text that two launchers read in two ways must not become a launcher of ours. */

#include "desktop/exec.h"

#include <string.h>

#include "base/i18n.h"
#include "profile/error.h"

/* Must stand in quotes. */
static const char reserved[] = " \t\n\"'\\><~|&;$*?#()`";
/* Must have a backslash inside quotes. */
static const char escaped_in_quotes[] = "\"`$\\";
static const char codes[] = "fFuUick";
static const char file_codes[] = "fFuU";
/* Codes that were taken out of the specification: "should be removed from the command line and ignored". */
static const char old_codes[] = "dDnNvm";

typedef struct Reader {
        const char *at;
        GString *arg; /* template so far */
        bool has_code, lone_code, has_file_code;
} Reader;

static bool refuse(GError **error, const char *sentence)
{
        g_set_error_literal(error, ORIEL_ERROR, ORIEL_ERROR_INVALID, sentence);
        return false;
}

/* at the sign; the code follows. */
static bool read_code(Reader *reader, bool quoted, GError **error)
{
        char code = *++reader->at;

        if (code == '%') {
                g_string_append(reader->arg, "%%");
        } else if (code != '\0' && strchr(old_codes, code) != NULL && !quoted) {
                reader->has_code = true;
        } else if (code == '\0' || strchr(codes, code) == NULL) {
                return refuse(error, _("Exec holds a field code that the specification does not know"));
        } else if (quoted) {
                return refuse(error, _("Exec holds a field code inside quotes"));
        } else {
                if (strchr(file_codes, code) != NULL && reader->has_file_code)
                        return refuse(error, _("Exec holds more than one of %f, %F, %u and %U"));
                reader->has_file_code |= strchr(file_codes, code) != NULL;
                reader->has_code = true;
                reader->lone_code |= strchr("FUi", code) != NULL;
                g_string_append_c(reader->arg, '%');
                g_string_append_c(reader->arg, code);
        }
        reader->at++;
        return true;
}

static bool read_quoted(Reader *reader, GError **error)
{
        reader->at++;
        while (*reader->at != '"') {
                if (*reader->at == '\0')
                        return refuse(error, _("Exec holds a quote that is not closed"));
                if (*reader->at == '%') {
                        if (!read_code(reader, true, error))
                                return false;
                        continue;
                }
                if (*reader->at == '\\') {
                        if (reader->at[1] == '\0' || strchr(escaped_in_quotes, reader->at[1]) == NULL)
                                return refuse(error, _("Exec holds a backslash that escapes nothing"));
                        reader->at++;
                } else if (strchr("`$", *reader->at) != NULL) {
                        return refuse(error, _("Exec holds a $ or ` without a backslash"));
                }
                g_string_append_c(reader->arg, *reader->at++);
        }
        reader->at++;
        if (*reader->at != '\0' && *reader->at != ' ')
                return refuse(error, _("Exec holds an argument that is quoted only in part"));
        return true;
}

static bool read_plain(Reader *reader, GError **error)
{
        while (*reader->at != '\0' && *reader->at != ' ') {
                if (strchr(reserved, *reader->at) != NULL)
                        return refuse(error, _("Exec holds a reserved character outside quotes"));
                if (*reader->at != '%')
                        g_string_append_c(reader->arg, *reader->at++);
                else if (!read_code(reader, false, error))
                        return false;
        }
        if (reader->lone_code && reader->arg->len != 2)
                return refuse(error, _("%F, %U and %i must be arguments of their own"));
        return true;
}

static bool check_arg(const DesktopExec *exec, const Reader *reader, GError **error)
{
        const char *text = reader->arg->str;

        if (exec->args->len == 0 && (reader->has_code || *text == '\0'))
                return refuse(error, _("Exec names no program"));
        if (exec->args->len == 0 && strchr(text, '=') != NULL)
                return refuse(error, _("Exec names a program that holds a \"=\""));
        if (g_str_has_prefix(text, "@@") || strcmp(text, "--file-forwarding") == 0)
                return refuse(error, _("Exec holds an argument that launchers read as an instruction"));
        return true;
}

static bool read_arg(DesktopExec *exec, Reader *reader, GError **error)
{
        bool quoted = *reader->at == '"';

        g_string_truncate(reader->arg, 0);
        reader->has_code = reader->lone_code = false;
        if (!(quoted ? read_quoted(reader, error) : read_plain(reader, error)) || !check_arg(exec, reader, error))
                return false;
        /* Only an old code, now gone: no argument. */
        if (reader->arg->len > 0 || quoted)
                g_ptr_array_add(exec->args, g_strdup(reader->arg->str));
        return true;
}

static bool has_control(const char *text)
{
        for (; *text != '\0'; text++)
                if ((unsigned char)*text < ' ' || *text == 0x7f)
                        return true;
        return false;
}

DesktopExec *desktop_exec_parse(const char *value, GError **error)
{
        g_autoptr(DesktopExec) exec = g_new0(DesktopExec, 1);
        g_autoptr(GString) arg = g_string_new(NULL);
        Reader reader = { .at = value, .arg = arg };

        exec->args = g_ptr_array_new_with_free_func(g_free);
        if (has_control(value)) {
                refuse(error, _("Exec holds a control character"));
                return NULL;
        }
        for (;;) {
                reader.at += strspn(reader.at, " ");
                if (*reader.at == '\0')
                        break;
                if (!read_arg(exec, &reader, error))
                        return NULL;
        }
        if (exec->args->len == 0) {
                refuse(error, _("Exec names no program"));
                return NULL;
        }
        return g_steal_pointer(&exec);
}

void desktop_exec_free(DesktopExec *exec)
{
        if (exec == NULL)
                return;
        g_ptr_array_unref(exec->args);
        g_free(exec);
}

char *desktop_exec_quote_codes(const char *literal)
{
        g_autoptr(GString) text = g_string_new(literal);

        g_string_replace(text, "%", "%%", 0);
        return g_string_free(g_steal_pointer(&text), FALSE);
}

char *desktop_exec_literal(const char *template_text)
{
        g_autoptr(GString) text = g_string_new(NULL);

        for (const char *at = template_text; *at != '\0'; at++) {
                if (*at == '%' && *++at != '%')
                        return NULL;
                g_string_append_c(text, *at);
        }
        return g_string_free(g_steal_pointer(&text), FALSE);
}

char *desktop_exec_print(const DesktopExec *exec)
{
        g_autoptr(GString) text = g_string_new(NULL);

        for (guint i = 0; i < exec->args->len; i++) {
                const char *arg = g_ptr_array_index(exec->args, i);
                bool quoted = *arg == '\0' || arg[strcspn(arg, reserved)] != '\0';

                g_string_append(text, i > 0 ? " " : "");
                g_string_append(text, quoted ? "\"" : "");
                for (; *arg != '\0'; arg++) {
                        if (strchr(escaped_in_quotes, *arg) != NULL)
                                g_string_append_c(text, '\\');
                        g_string_append_c(text, *arg);
                }
                g_string_append(text, quoted ? "\"" : "");
        }
        return g_string_free(g_steal_pointer(&text), FALSE);
}
