/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/log-reader.h"

#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "store/instances.h"
#include "store/logs.h"

struct LogReader {
        int fd;
        GString *text; /* read, not yet given out */
};

LogReader *log_reader_open(StoreDirs *dirs, const char *id, GError **error)
{
        g_autoptr(GError) local = NULL;
        g_autoptr(StoreInstance) running = NULL;
        int fd = store_logs_open(dirs, id, STORE_LOG_AUDIT, &local);
        LogReader *reader = NULL;

        /* One that has no mediator has no log either. */
        if (fd < 0 && g_error_matches(local, ORIEL_ERROR, ORIEL_ERROR_NOT_FOUND))
                running = store_instances_find(dirs, id, NULL);
        if (fd < 0 && running == NULL) {
                g_propagate_error(error, g_steal_pointer(&local));
                return NULL;
        }
        reader = g_new0(LogReader, 1);
        reader->fd = fd;
        reader->text = g_string_new(NULL);
        return reader;
}

void log_reader_free(LogReader *reader)
{
        if (reader == NULL)
                return;
        fd_close(reader->fd);
        g_string_free(reader->text, TRUE);
        g_free(reader);
}

/* The length of the next line with its newline; 0: not whole yet. */
static gsize next_line(LogReader *reader)
{
        for (;;) {
                const char *end = memchr(reader->text->str, '\n', reader->text->len);
                char bytes[16 * 1024];
                ssize_t n = 0;

                if (end != NULL)
                        return end - reader->text->str + 1;
                if (reader->text->len > AUDIT_LINE_MAX) /* no line of ours: forget it */
                        g_string_truncate(reader->text, 0);
                n = read(reader->fd, bytes, sizeof bytes);
                if (n <= 0)
                        return 0;
                g_string_append_len(reader->text, bytes, n);
        }
}

bool log_reader_next(LogReader *reader, AuditRecord *ret_record, AuditStamp *ret_stamp)
{
        gsize n = 0;

        while ((n = next_line(reader)) > 0) {
                int result = audit_record_parse(ret_record, ret_stamp, reader->text->str, n);

                g_string_erase(reader->text, 0, (gssize)n);
                if (result == 0)
                        return true;
        }
        return false;
}
