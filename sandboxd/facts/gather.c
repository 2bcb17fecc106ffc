/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Asking the host.  Nothing here decides: what is not found is left out, and the planner says what that costs. */
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/i18n.h"
#include "facts/ask.h"
#include "facts/bus-address.h"
#include "facts/command.h"
#include "facts/facts.h"
#include "facts/git-identity.h"
#include "facts/user-dirs.h"
#include "facts/wanted.h"
#include "facts/x-display.h"
#include "instance/group.h"
#include "planner/environment.h"
#include "wayland-helpers/globals.h"
#include "xserver-helpers/screen.h"

enum { TEXT_MAX = 64 * 1024 }; /* of a configuration file that is read */

typedef struct Host {
        HostFacts *facts; /* being filled */
        char **environment;
        Witnesses *witnesses; /* told of each question, before it is asked; or NULL */
} Host;

static const char *variable(const Host *host, const char *name)
{
        const char *value = g_environ_getenv(host->environment, name);

        return value != NULL && *value != '\0' ? value : NULL;
}

char *facts_canonical(Witnesses *witnesses, const char *path)
{
        char *real, *copy;

        if (path == NULL)
                return NULL;
        witnesses_path(witnesses, path, WITNESS_PLACE);
        real = realpath(path, NULL);
        copy = g_strdup(real);
        free(real);
        return copy;
}

static char *read_bytes(const char *path)
{
        CLEANUP(fd_closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        char *bytes = NULL, *text;
        gsize n = 0;

        if (fd < 0 || fd_read_all(fd, TEXT_MAX, &bytes, &n) < 0)
                return NULL;
        text = g_strndup(bytes, n);
        free(bytes);
        return text;
}

char *facts_read_text(Witnesses *witnesses, const char *path)
{
        witnesses_path(witnesses, path, WITNESS_CONTENT);
        return read_bytes(path);
}

static char *read_line(Witnesses *witnesses, const char *path)
{
        char *text = facts_read_text(witnesses, path);

        return text == NULL ? NULL : g_strchomp(text);
}

/* A switch of the kernel's: its file's times say nothing. */
static char *read_switch(Witnesses *witnesses, const char *path)
{
        char *text;

        witnesses_ask(witnesses, WITNESS_TEXT, path);
        text = read_bytes(path);
        return text == NULL ? NULL : g_strchomp(text);
}

/* The canonical path if a socket is there, else NULL. */
static char *socket_at(const Host *host, const char *path)
{
        struct stat st;

        if (path == NULL || *path != '/')
                return NULL;
        witnesses_path(host->witnesses, path, WITNESS_PLACE);
        return stat(path, &st) == 0 && S_ISSOCK(st.st_mode) ? facts_canonical(host->witnesses, path) : NULL;
}

static char *socket_below(const Host *host, const char *directory, const char *name)
{
        g_autofree char *path = directory == NULL ? NULL : g_build_filename(directory, name, NULL);

        return socket_at(host, path);
}

/* ---- The person, the system ---- */

/* What a name service answers, nobody can witness; /etc/passwd itself is asked first, as everywhere. */
static const struct passwd *find_user(Host *host)
{
        if (host->witnesses != NULL && !witnesses_ask(host->witnesses, WITNESS_USER, ""))
                witnesses_spoil(host->witnesses, N_("the user is known by a name service alone"));
        return getpwuid(getuid());
}

static void ask_person(Host *host)
{
        HostFacts *facts = host->facts;
        const struct passwd *entry = find_user(host);
        const char *home = variable(host, "HOME");

        facts->uid = getuid();
        facts->gid = getgid();
        facts->user = g_strdup(entry != NULL ? entry->pw_name : "user");
        if (home == NULL || *home != '/')
                home = entry != NULL ? entry->pw_dir : "/";
        facts->home = facts_canonical(host->witnesses, home);
        if (facts->home == NULL)
                facts->home = g_strdup(home);
}

/* XDG_RUNTIME_DIR; without it /run/user/UID, where that is the person's alone. */
static void ask_runtime_dir(Host *host)
{
        HostFacts *facts = host->facts;
        const char *path = variable(host, "XDG_RUNTIME_DIR");
        g_autofree char *usual = g_strdup_printf("/run/user/%u", facts->uid);
        struct stat st;

        if (path == NULL || *path != '/')
                path = usual;
        witnesses_path(host->witnesses, path, WITNESS_PLACE);
        if (stat(path, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == facts->uid && (st.st_mode & 077) == 0)
                facts->runtime_dir = facts_canonical(host->witnesses, path);
}

static char *time_zone(Witnesses *witnesses)
{
        g_autofree char *path = facts_canonical(witnesses, "/etc/localtime");
        const char *start = path == NULL ? NULL : strstr(path, "/zoneinfo/");

        return start == NULL ? NULL : g_strdup(start + strlen("/zoneinfo/"));
}

static guint landlock_abi(void)
{
        long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

        return abi < 0 ? 0 : (guint)abi;
}

/* The switches that forbid them; what a distribution's security module does besides, only a trial tells. */
static gboolean user_namespaces_allowed(Witnesses *witnesses)
{
        g_autofree char *most = read_switch(witnesses, "/proc/sys/user/max_user_namespaces");
        g_autofree char *debian = read_switch(witnesses, "/proc/sys/kernel/unprivileged_userns_clone");
        g_autofree char *ubuntu = read_switch(witnesses, "/proc/sys/kernel/apparmor_restrict_unprivileged_userns");

        return g_strcmp0(most, "0") != 0 && most != NULL && g_strcmp0(debian, "0") != 0 && g_strcmp0(ubuntu, "1") != 0;
}

static char *control_group_place(void)
{
        CLEANUP(buffer_clear) Buffer path = BUFFER_INIT;

        return instance_group_place(&path) == 0 ? g_strdup(path.bytes) : NULL;
}

static void ask_system(Host *host)
{
        HostFacts *facts = host->facts;
        struct utsname name;
        char *directory = getcwd(NULL, 0);

        /* The kernel stays the same while it runs, and so does what Landlock can do. */
        witnesses_ask(host->witnesses, WITNESS_TEXT, "/proc/sys/kernel/random/boot_id");
        witnesses_ask(host->witnesses, WITNESS_HOST, "");
        /* getcwd(3) says "(unreachable)" for one outside our root. */
        facts->cwd = directory != NULL && *directory == '/' ? g_strdup(directory) : g_strdup("/");
        free(directory);
        facts->search = g_strdup(variable(host, "PATH"));
        if (uname(&name) == 0) {
                facts->hostname = g_strdup(name.nodename);
                /* NOLINTNEXTLINE(cert-err34-c): the kernel's own numbers are small */
                if (sscanf(name.release, "%u.%u", &facts->kernel_major, &facts->kernel_minor) != 2)
                        facts->kernel_major = facts->kernel_minor = 0;
        }
        facts->machine_id = read_line(host->witnesses, "/etc/machine-id");
        facts->timezone = time_zone(host->witnesses);
        facts->landlock_abi = landlock_abi();
        facts->user_namespaces = user_namespaces_allowed(host->witnesses);
        facts->cgroup = control_group_place();
        facts->systemd_socket = socket_below(host, facts->runtime_dir, "systemd/private");
        witnesses_path(host->witnesses, "/dev/fuse", WITNESS_CONTENT);
        facts->fuse = access("/dev/fuse", R_OK | W_OK) == 0;
        facts->stdin_is_tty = isatty(0) == 1;
        facts->stdout_is_tty = isatty(1) == 1;
        facts->stderr_is_tty = isatty(2) == 1;
}

static void ask_environment(Host *host)
{
        for (gsize i = 0; host->environment != NULL && host->environment[i] != NULL; i++) {
                const char *sign = strchr(host->environment[i], '=');
                g_autofree char *name =
                        sign == NULL ? NULL : g_strndup(host->environment[i], (gsize)(sign - host->environment[i]));

                EnvironmentWhen when;

                if (name != NULL && environment_find(name, &when))
                        g_hash_table_replace(host->facts->env, g_steal_pointer(&name), g_strdup(sign + 1));
        }
}

/* ---- Displays ---- */

/* Does a server listen on the abstract socket of that path? */
static gboolean listens_abstract(const char *path)
{
        CLEANUP(fd_closep) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        gsize n = strlen(path);

        if (fd < 0 || n + 1 > sizeof address.sun_path)
                return FALSE;
        memcpy(address.sun_path + 1, path, n);
        return connect(fd, (struct sockaddr *)&address,
                       (socklen_t)(G_STRUCT_OFFSET(struct sockaddr_un, sun_path) + 1 + n)) == 0 ||
               errno == EAGAIN;
}

static void ask_x(Host *host)
{
        HostFacts *facts = host->facts;
        const char *display = variable(host, "DISPLAY"), *authority = variable(host, "XAUTHORITY");
        g_autofree char *number = display == NULL ? NULL : x_display_local_number(display);
        g_autofree char *path = NULL, *usual = NULL;

        if (number == NULL)
                return;
        path = g_strdup_printf("/tmp/.X11-unix/X%s", number);
        facts->x_socket = socket_at(host, path);
        if (facts->x_socket == NULL)
                return;
        facts->x_display = g_steal_pointer(&number);
        witnesses_ask(host->witnesses, WITNESS_ABSTRACT, path);
        facts->x_abstract = listens_abstract(path);
        usual = g_build_filename(facts->home, ".Xauthority", NULL);
        facts->xauthority = facts_canonical(host->witnesses, authority != NULL ? authority : usual);
}

static void ask_wayland(Host *host)
{
        const char *name = variable(host, "WAYLAND_DISPLAY");

        if (name != NULL && *name == '/')
                host->facts->wayland_socket = socket_at(host, name);
        else
                host->facts->wayland_socket =
                        socket_below(host, host->facts->runtime_dir, name == NULL ? "wayland-0" : name);
}

/* ---- Buses ---- */

/* Where at-spi-bus-launcher has it: one for each display, and one without. */
static char *accessibility_socket(const Host *host)
{
        const char *display = variable(host, "DISPLAY"), *given = variable(host, "AT_SPI_BUS_ADDRESS");
        g_auto(BusAddress) address = { NULL, NULL };
        g_autofree char *number = display == NULL ? NULL : x_display_local_number(display);
        g_autofree char *name = number == NULL ? NULL : g_strdup_printf("at-spi/bus_%s", number);
        char *found = NULL;

        if (given != NULL)
                return bus_address_parse(&address, given, host->facts->runtime_dir) ? socket_at(host, address.path)
                                                                                    : NULL;
        if (name != NULL)
                found = socket_below(host, host->facts->runtime_dir, name);
        return found != NULL ? found : socket_below(host, host->facts->runtime_dir, "at-spi/bus");
}

static void ask_buses(Host *host)
{
        HostFacts *facts = host->facts;
        const char *session = variable(host, "DBUS_SESSION_BUS_ADDRESS");
        const char *system_bus = variable(host, "DBUS_SYSTEM_BUS_ADDRESS");
        g_auto(BusAddress) address = { NULL, NULL }, system_address = { NULL, NULL };

        if (session == NULL)
                facts->session_bus = socket_below(host, facts->runtime_dir, "bus");
        else if (bus_address_parse(&address, session, facts->runtime_dir)) {
                facts->session_bus = socket_at(host, address.path);
                facts->session_bus_abstract = g_steal_pointer(&address.abstract);
        }
        if (system_bus == NULL)
                facts->system_bus = socket_at(host, "/run/dbus/system_bus_socket");
        else if (bus_address_parse(&system_address, system_bus, facts->runtime_dir))
                facts->system_bus = socket_at(host, system_address.path);
        facts->accessibility_bus = accessibility_socket(host);
}

/* ---- Services ---- */

/* The socket in a PulseAudio server string, "{machine-id}unix:/path" or "/path" (pulse-client.conf(5)). */
static char *pulse_server_socket(const Host *host, const char *server)
{
        if (*server == '{' && strchr(server, '}') != NULL)
                server = strchr(server, '}') + 1;
        if (g_str_has_prefix(server, "unix:"))
                server += strlen("unix:");
        return socket_at(host, server);
}

/* The value of "NAME VALUE" or "NAME = VALUE" in a text of such lines; '#' and ';' begin comments. */
static char *setting(const char *text, const char *name)
{
        g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

        for (gsize i = 0; lines[i] != NULL; i++) {
                const char *line = g_strstrip(lines[i]);

                if (!g_str_has_prefix(line, name))
                        continue;
                line += strlen(name);
                if (*line != ' ' && *line != '\t' && *line != '=')
                        continue;
                line += strspn(line, " \t");
                line += *line == '=' ? 1 : 0;
                return g_strstrip(g_strdup(line));
        }
        return NULL;
}

static char *setting_in(const Host *host, const char *path, const char *name)
{
        g_autofree char *text = facts_read_text(host->witnesses, path);

        return text == NULL ? NULL : setting(text, name);
}

static void ask_audio(Host *host)
{
        HostFacts *facts = host->facts;
        const char *server = variable(host, "PULSE_SERVER"), *remote = variable(host, "PIPEWIRE_REMOTE");
        g_autofree char *own = g_build_filename(facts->home, ".config/pulse/client.conf", NULL), *configured = NULL;

        if (server == NULL) {
                configured = setting_in(host, own, "default-server");
                if (configured == NULL)
                        configured = setting_in(host, "/etc/pulse/client.conf", "default-server");
                server = configured;
        }
        if (server != NULL)
                facts->pulse_socket = pulse_server_socket(host, server);
        else
                facts->pulse_socket = socket_below(host, facts->runtime_dir, "pulse/native");
        if (remote != NULL && *remote == '/')
                facts->pipewire_socket = socket_at(host, remote);
        else
                facts->pipewire_socket = socket_below(host, facts->runtime_dir, remote == NULL ? "pipewire-0" : remote);
}

static void ask_services(Host *host)
{
        HostFacts *facts = host->facts;
        const char *cups = variable(host, "CUPS_SERVER"), *pcsc = variable(host, "PCSCLITE_CSOCK_NAME");
        g_autofree char *configured = NULL;

        facts->ssh_auth_socket = socket_at(host, variable(host, "SSH_AUTH_SOCK"));
        facts->gpg_agent_socket = socket_below(host, facts->runtime_dir, "gnupg/S.gpg-agent");
        if (facts->gpg_agent_socket == NULL)
                facts->gpg_agent_socket = socket_below(host, facts->home, ".gnupg/S.gpg-agent");
        facts->pcsc_socket = socket_at(host, pcsc != NULL ? pcsc : "/run/pcscd/pcscd.comm");
        if (cups == NULL)
                cups = configured = setting_in(host, "/etc/cups/client.conf", "ServerName");
        facts->cups_socket = socket_at(host, cups != NULL && *cups == '/' ? cups : "/run/cups/cups.sock");
}

static void ask_directories(Host *host)
{
        HostFacts *facts = host->facts;
        const char *config = variable(host, "XDG_CONFIG_HOME");
        g_autofree char *path = config != NULL && *config == '/'
                                        ? g_build_filename(config, "user-dirs.dirs", NULL)
                                        : g_build_filename(facts->home, ".config/user-dirs.dirs", NULL);
        g_autofree char *text = facts_read_text(host->witnesses, path);

        if (text != NULL)
                user_dirs_parse(facts->xdg_dirs, text, facts->home);
        user_dirs_add_defaults(facts->xdg_dirs, facts->home);
}

HostFacts *facts_gather_basics(const char *const *environment, Witnesses *witnesses)
{
        Host host = { .facts = host_facts_new(), .environment = (char **)environment, .witnesses = witnesses };

        ask_person(&host);
        ask_runtime_dir(&host);
        ask_system(&host);
        ask_environment(&host);
        ask_x(&host);
        ask_wayland(&host);
        ask_buses(&host);
        ask_audio(&host);
        ask_services(&host);
        ask_directories(&host);
        return host.facts;
}

/* ---- What the planner asked for ---- */

static FactsPathKind kind_of(mode_t mode)
{
        switch (mode & S_IFMT) {
        case S_IFDIR:
                return FACTS_PATH_DIRECTORY;
        case S_IFREG:
                return FACTS_PATH_FILE;
        case S_IFLNK:
                return FACTS_PATH_SYMLINK;
        case S_IFSOCK:
                return FACTS_PATH_SOCKET;
        case S_IFCHR:
        case S_IFBLK:
                return FACTS_PATH_DEVICE;
        default:
                return FACTS_PATH_OTHER;
        }
}

static const char *canonical_directory(Wanted *wanted, const char *path)
{
        char *real = g_hash_table_lookup(wanted->directories, path);

        if (real == NULL) {
                real = facts_canonical(wanted->witnesses, path);
                real = real != NULL ? real : g_strdup("");
                g_hash_table_insert(wanted->directories, g_strdup(path), real);
        }
        return *real != '\0' ? real : NULL;
}

/* As canonical(), of what is there and is no link itself. */
static char *canonical_object(Wanted *wanted, const char *path)
{
        g_autofree char *name = g_path_get_basename(path), *above = g_path_get_dirname(path);
        const char *real = NULL;

        if (g_str_has_suffix(path, "/") || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
                return facts_canonical(wanted->witnesses, path);
        real = canonical_directory(wanted, above);
        return real == NULL ? NULL : g_build_filename(real, name, NULL);
}

void facts_ask_path(Wanted *wanted, const char *path)
{
        g_autofree char *real = NULL, *link = NULL;
        FactsPathKind kind;
        struct stat st;

        witnesses_path(wanted->witnesses, path, WITNESS_PLACE);
        if (lstat(path, &st) < 0) {
                /* A directory that may not be searched may hold it: as good as absent for us. */
                host_facts_add_path(wanted->facts, path, FACTS_PATH_ABSENT, NULL, NULL, 0);
                return;
        }
        kind = kind_of(st.st_mode);
        if (kind == FACTS_PATH_SYMLINK) {
                real = facts_canonical(wanted->witnesses, path);
                link = g_file_read_link(path, NULL);
                if (link == NULL)
                        kind = FACTS_PATH_OTHER;
                else if (real != NULL)
                        facts_ask_path(wanted, real);
        } else {
                real = canonical_object(wanted, path);
        }
        host_facts_add_path(wanted->facts, path, kind, link, real, st.st_uid);
}

static void ask_program(Wanted *wanted, const char *name, const char *search)
{
        char *path = facts_find_program(wanted->witnesses, name, search);

        if (path == NULL)
                return;
        facts_ask_path(wanted, path);
        g_hash_table_replace(wanted->facts->programs, g_strdup(name), path);
}

/* Packages that pip installed for one user lie in a directory named after the interpreter. */
static void ask_user_packages(Wanted *wanted, const char *interpreter)
{
        const FactsPath *found = host_facts_path(wanted->facts, interpreter);
        g_autofree char *name =
                found == NULL || found->canonical == NULL ? NULL : g_path_get_basename(found->canonical);
        g_autofree char *path = name == NULL ? NULL : g_build_filename(wanted->facts->home, ".local/lib", name, NULL);

        if (path != NULL && g_str_has_prefix(name, "python"))
                facts_ask_path(wanted, path);
}

static void ask_command(Wanted *wanted, const char *written, const char *search)
{
        const FactsCommand *command;

        facts_ask_command(wanted->facts, wanted->witnesses, written, search);
        command = host_facts_command(wanted->facts, written);
        if (command == NULL || command->interpreter == NULL)
                return;
        facts_ask_path(wanted, command->interpreter);
        ask_user_packages(wanted, command->interpreter);
}

/* The two files of a person's git settings, in the order in which git reads them. */
static void ask_git_identity(const Wanted *wanted, const char *const *environment)
{
        HostFacts *facts = wanted->facts;
        const char *config = g_environ_getenv((char **)environment, "XDG_CONFIG_HOME");
        g_autofree char *usual = g_build_filename(facts->home, ".config", NULL);
        char *paths[] = { g_build_filename(config != NULL && *config == '/' ? config : usual, "git/config", NULL),
                          g_build_filename(facts->home, ".gitconfig", NULL) };

        for (gsize i = 0; i < G_N_ELEMENTS(paths); i++) {
                g_autofree char *text = facts_read_text(wanted->witnesses, paths[i]);

                if (text != NULL)
                        git_identity_parse(text, &facts->git_name, &facts->git_email);
                g_free(g_steal_pointer(&paths[i]));
        }
}

static void ask_image(Wanted *wanted, const char *path)
{
        /* Without waiting for a FIFO's writer, or a terminal's line. */
        CLEANUP(fd_closep) int fd = -1;
        ElfImage image = { 0 };
        int code;

        witnesses_path(wanted->witnesses, path, WITNESS_CONTENT);
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        code = fd < 0 ? -errno : elf_image_find_in(&image, fd);

        if (code >= 0)
                host_facts_add_image(wanted->facts, path, (ElfImageCode)code, image.offset, image.n_bytes);
}

static void ask_screen(const Wanted *wanted)
{
        HostFacts *facts = wanted->facts;
        const char *authority = facts->xauthority != NULL ? facts->xauthority : "";
        g_autofree char *name = NULL;
        ScreenSize size = { 0 };

        if (facts->x_display == NULL)
                return;
        name = g_strdup_printf("%s:%s", facts->x_display, authority);
        witnesses_ask(wanted->witnesses, WITNESS_SCREEN, name);
        if (screen_ask(&size, facts->x_display, facts->xauthority) != 0)
                return;
        facts->x_width = size.width;
        facts->x_height = size.height;
        facts->x_dpi = size.dpi;
}

static void ask_compositor(const Wanted *wanted)
{
        HostFacts *facts = wanted->facts;
        CLEANUP(buffer_clear) Buffer names = BUFFER_INIT;

        if (facts->wayland_socket == NULL)
                return;
        witnesses_ask(wanted->witnesses, WITNESS_WAYLAND, facts->wayland_socket);
        facts->wayland_contexts = wayland_globals_ask(&names, facts->wayland_socket) == 0 &&
                                  wayland_globals_have(&names, WAYLAND_CONTEXT_MANAGER);
}

/* "NAME:START:COUNT" or "UID:START:COUNT" (subuid(5)): the first line that is this person's. */
static void ask_subordinate(const Wanted *wanted, const char *path, guint *ret_start, guint *ret_count)
{
        const HostFacts *facts = wanted->facts;
        g_autofree char *text = facts_read_text(wanted->witnesses, path), *uid = g_strdup_printf("%u", facts->uid);
        g_auto(GStrv) lines = g_strsplit(text == NULL ? "" : text, "\n", -1);

        for (gsize i = 0; lines[i] != NULL; i++) {
                g_auto(GStrv) parts = g_strsplit(lines[i], ":", -1);
                guint64 start, count;

                if (g_strv_length(parts) != 3 ||
                    (g_strcmp0(parts[0], facts->user) != 0 && !g_str_equal(parts[0], uid)) ||
                    !g_ascii_string_to_unsigned(parts[1], 10, 1, G_MAXUINT32 - 1, &start, NULL) ||
                    !g_ascii_string_to_unsigned(parts[2], 10, 1, G_MAXUINT32 - 1 - start, &count, NULL))
                        continue;
                *ret_start = (guint)start;
                *ret_count = (guint)count;
                return;
        }
}

void facts_gather_wanted(HostFacts *facts,
                         const PlannerWants *wants,
                         const char *const *environment,
                         Witnesses *witnesses)
{
        g_autoptr(GHashTable) directories = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
        Wanted wanted = { .facts = facts, .directories = directories, .witnesses = witnesses };
        const char *search = facts->search != NULL ? facts->search : "/usr/local/bin:/usr/bin:/bin";
        GHashTableIter iter;
        gpointer name;

        g_hash_table_iter_init(&iter, wants->paths);
        while (g_hash_table_iter_next(&iter, &name, NULL))
                facts_ask_path(&wanted, name);
        g_hash_table_iter_init(&iter, wants->programs);
        while (g_hash_table_iter_next(&iter, &name, NULL))
                ask_program(&wanted, name, search);
        g_hash_table_iter_init(&iter, wants->images);
        while (g_hash_table_iter_next(&iter, &name, NULL))
                ask_image(&wanted, name);
        if (wants->screen)
                ask_screen(&wanted);
        if (wants->compositor)
                ask_compositor(&wanted);
        g_hash_table_iter_init(&iter, wants->commands);
        while (g_hash_table_iter_next(&iter, &name, NULL))
                ask_command(&wanted, name, search);
        if (g_hash_table_contains(wants->programs, "git"))
                ask_git_identity(&wanted, environment);
        g_hash_table_iter_init(&iter, wants->projects);
        while (g_hash_table_iter_next(&iter, &name, NULL))
                facts_ask_project(&wanted, name);
        if (g_hash_table_contains(wants->programs, "newuidmap")) {
                ask_subordinate(&wanted, "/etc/subuid", &facts->subuid, &facts->n_subuids);
                ask_subordinate(&wanted, "/etc/subgid", &facts->subgid, &facts->n_subgids);
        }
}
