/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What each group holds.  Hosts that a program needs to do its work: no trackers, no mirrors that nobody asks by
 * default. GitHub, package registries and paste-like services take what is sent to them: a name that may be reached is
 * a way out for data, and profiles that name a group say so. */
#include "names/net-group.h"

#include <string.h>

#define RULES(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* clang-format off */
static const NetGroup groups[] = {
        { "anthropic", RULES("api.anthropic.com:443", "claude.ai:443", "platform.claude.com:443", "console.anthropic.com:443",
                             "statsig.anthropic.com:443") },
        { "crates", RULES("crates.io:443", "index.crates.io:443", "static.crates.io:443") },
        { "debian", RULES("deb.debian.org", "security.debian.org", "ftp.debian.org") },
        { "gemini", RULES("generativelanguage.googleapis.com:443", "oauth2.googleapis.com:443",
                          "accounts.google.com:443", "cloudcode-pa.googleapis.com:443") },
        { "github", RULES("github.com:22,80,443", "ssh.github.com:443", "api.github.com:443", "gist.github.com:443",
                          "codeload.github.com:443", "uploads.github.com:443", "*.githubusercontent.com:443",
                          "ghcr.io:443", "*.actions.githubusercontent.com:443") },
        { "gitlab", RULES("gitlab.com:22,80,443", "registry.gitlab.com:443", "altssh.gitlab.com:443") },
        { "go", RULES("proxy.golang.org:443", "sum.golang.org:443", "storage.googleapis.com:443", "go.dev:443",
                      "golang.org:443", "dl.google.com:443") },
        { "npm", RULES("registry.npmjs.org:443", "registry.yarnpkg.com:443") },
        { "openai", RULES("api.openai.com:443", "auth.openai.com:443", "chatgpt.com:443") },
        { "opencode", RULES("models.dev:443", "models.opencode.ai:443", "opencode.ai:443", "api.opencode.ai:443") },
        { "pypi", RULES("pypi.org:443", "files.pythonhosted.org:443") },
        { "pypi-publish", RULES("upload.pypi.org:443") },
        { "ubuntu", RULES("archive.ubuntu.com", "*.archive.ubuntu.com", "security.ubuntu.com", "ports.ubuntu.com") },
};
/* clang-format on */

const NetGroup *net_group_find(const char *name)
{
        for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
                if (strcmp(groups[i].name, name) == 0)
                        return &groups[i];
        return NULL;
}

const NetGroup *net_group_nth(size_t i)
{
        return i < sizeof groups / sizeof *groups ? &groups[i] : NULL;
}
