/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a host is like: see agent_facts.h. */
#include "client/core/agent_facts.h"

#include "client/core/agent_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VALUE_MAX = 120 };

void agent_facts_clear(AgentFacts *facts)
{
    char **const texts[] = { &facts->user, &facts->system, &facts->id, &facts->like, &facts->kernel, &facts->machine, &facts->libvirt, &facts->agent,
                             &facts->agent_version, &facts->cached_version };
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        free(*texts[i]);
    *facts = (AgentFacts){ 0 };
}

void agent_facts_copy(AgentFacts *to, const AgentFacts *from)
{
    *to = *from;
    char **const texts[] = { &to->user, &to->system, &to->id, &to->like, &to->kernel, &to->machine, &to->libvirt, &to->agent, &to->agent_version,
                             &to->cached_version };
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        *texts[i] = x_strdup(*texts[i]);
}

/* ---- reading */

/* Printable ASCII only: it is shown, and compared, never run. Quotes of os-release go. NULL: nothing is left. */
static char *clean_value(const char *bytes, size_t size)
{
    if (size >= 2 && (bytes[0] == '"' || bytes[0] == '\'') && bytes[size - 1] == bytes[0]) {
        bytes++;
        size -= 2;
    }
    if (size > VALUE_MAX)
        size = VALUE_MAX;
    char *value = x_strndup(bytes, size);
    for (char *p = value; *p; p++)
        if ((unsigned char)*p < 0x20 || (unsigned char)*p > 0x7e)
            *p = '?';
    if (*value)
        return value;
    free(value);
    return NULL;
}

static void set_value(char **text, char *value)
{
    free(*text);
    *text = value;
}

/* "poolagentd 0.1.0, contract 1": the version. */
static char *version_of(const char *said)
{
    char version[41];
    if (!said || sscanf(said, "poolagentd %40[0-9A-Za-z.+~-]", version) != 1)
        return NULL;
    return x_strdup(version);
}

/* The library's file name tells it: libvirt.so.0.9000.0 is 9.0.0, libvirt.so.0.10005.0 is 10.5.0. */
static char *libvirt_version(const char *suffix)
{
    unsigned middle = 0, release = 0;
    if (!suffix)
        return NULL;
    if (sscanf(suffix, "0.%6u.%6u", &middle, &release) != 2)
        return x_strdup("0");
    return x_printf("%u.%u.%u", middle / 1000, middle % 1000, release);
}

static AgentRights rights_of(const char *word)
{
    return str_equal(word, "root") ? AGENT_RIGHTS_ROOT : str_equal(word, "sudo") ? AGENT_RIGHTS_SUDO : str_equal(word, "password") ? AGENT_RIGHTS_PASSWORD : AGENT_RIGHTS_NONE;
}

static void take_fact(AgentFacts *facts, const char *key, const char *bytes, size_t size)
{
    AUTO_FREE char *value = clean_value(bytes, size);
    const struct { const char *key; char **text; } texts[] = {
        { "user", &facts->user }, { "system", &facts->system }, { "id", &facts->id }, { "like", &facts->like },
        { "kernel", &facts->kernel }, { "machine", &facts->machine }, { "agent", &facts->agent } };
    const struct { const char *key; bool *flag; } flags[] = {
        { "init", &facts->systemd }, { "tool", &facts->sha256sum }, { "libvirtd", &facts->libvirtd }, { "packaged", &facts->packaged }, { "socket", &facts->socket } };
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        if (str_equal(key, texts[i].key))
            set_value(texts[i].text, TAKE_PTR(value));
    for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
        if (str_equal(key, flags[i].key))
            *flags[i].flag = true;
    if (str_equal(key, "rights"))
        facts->rights = rights_of(value);
    else if (str_equal(key, "libvirt"))
        set_value(&facts->libvirt, libvirt_version(value));
    else if (str_equal(key, "version"))
        set_value(&facts->agent_version, version_of(value));
    else if (str_equal(key, "cached"))
        set_value(&facts->cached_version, version_of(value));
}

static bool take_line(AgentFacts *facts, const char *line, size_t length)
{
    char key[12] = "";
    size_t word = 0;
    while (word < length && word < sizeof key - 1 && line[word] >= 'a' && line[word] <= 'z') {
        key[word] = line[word];
        word++;
    }
    if (word == length)
        return str_equal(key, "end");
    if (line[word] == ' ')
        take_fact(facts, key, line + word + 1, length - word - 1);
    return false;
}

bool agent_facts_parse(const char *bytes, size_t size, AgentFacts *ret)
{
    *ret = (AgentFacts){ 0 };
    bool complete = false;
    while (size && !complete) {
        const char *end = memchr(bytes, '\n', size);
        size_t length = end ? (size_t)(end - bytes) : size;
        complete = take_line(ret, bytes, length);
        size -= end ? length + 1 : length;
        bytes += end ? length + 1 : length;
    }
    return complete && ret->user && ret->machine;
}

/* ---- rules */

bool agent_facts_outdated(const AgentFacts *facts)
{
    AUTO_FREE char *carried = agent_files_version();
    return carried && facts->agent_version && agent_version_compare(facts->agent_version, carried) < 0;
}

static int no_libvirt(const AgentFacts *facts, const char *host, Error *err)
{
    const char *command = agent_facts_libvirt_command(facts);
    return error_set(err, ERR_AGENT_NO_LIBVIRT, host, "%s", command ? command : "libvirt, qemu");
}

static int check_program(const AgentFacts *facts, const char *host, Error *err)
{
    if (!str_equal(facts->kernel, "Linux"))
        return error_set(err, ERR_AGENT_NO_PROGRAM, host, "it runs %s", str_or_empty(facts->kernel));
    if (!agent_files_has(str_or_empty(facts->machine)))
        return error_set(err, ERR_AGENT_NO_PROGRAM, host, "%s %s", str_or_empty(facts->kernel), str_or_empty(facts->machine));
    if (!facts->sha256sum)
        return error_set(err, ERR_AGENT_SETUP, host, "the program sha256sum is missing there (coreutils)");
    return facts->libvirt ? 0 : no_libvirt(facts, host, err);
}

int agent_facts_check(const AgentFacts *facts, AgentAction action, const char *host, Error *err)
{
    if (action == AGENT_RUN)
        return check_program(facts, host, err);
    if (action != AGENT_INSTALL && !facts->agent)
        return error_set(err, ERR_AGENT_MISSING, host, "none is installed");
    if (facts->packaged || (facts->agent && strncmp(facts->agent, "/usr/local/", strlen("/usr/local/")) != 0)) {
        const char *command = facts->packaged ? agent_facts_package_command(facts, action) : NULL;
        return error_set(err, ERR_AGENT_PACKAGED, host, "%s", command ? command : facts->agent);
    }
    if (facts->rights == AGENT_RIGHTS_NONE)
        return error_set(err, ERR_AGENT_NO_RIGHTS, str_or_empty(facts->user), "there is no sudo");
    return action == AGENT_REMOVE ? 0 : check_program(facts, host, err);
}

typedef struct Family {
    const char *id; /* of os-release, or one of its ID_LIKE */
    const char *libvirt;
    const char *update;
    const char *remove;
} Family;

static const Family families[] = {
    { "debian", "apt install libvirt-daemon-system qemu-system-x86 qemu-utils", "apt install ./poolagent_*_amd64.deb", "apt purge poolagent" },
    { "ubuntu", "apt install libvirt-daemon-system qemu-system-x86 qemu-utils", "apt install ./poolagent_*_amd64.deb", "apt purge poolagent" },
    { "rhel", "dnf install libvirt qemu-kvm && systemctl enable --now libvirtd", "dnf install ./poolagent-*.x86_64.rpm", "dnf remove poolagent" },
    { "fedora", "dnf install libvirt qemu-kvm && systemctl enable --now libvirtd", "dnf install ./poolagent-*.x86_64.rpm", "dnf remove poolagent" },
    { "suse", "zypper install libvirt qemu-kvm && systemctl enable --now libvirtd", "zypper install ./poolagent-*.x86_64.rpm", "zypper remove poolagent" },
    { "opensuse", "zypper install libvirt qemu-kvm && systemctl enable --now libvirtd", "zypper install ./poolagent-*.x86_64.rpm", "zypper remove poolagent" },
    { "arch", "pacman -S libvirt qemu-base dnsmasq && systemctl enable --now libvirtd", NULL, NULL },
};

static bool has_word(const char *words, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = str_or_empty(words); *at;) {
        size_t part = strcspn(at, " ");
        if (part == length && memcmp(at, word, length) == 0)
            return true;
        at += part;
        at += strspn(at, " ");
    }
    return false;
}

static const Family *family_of(const AgentFacts *facts)
{
    for (size_t i = 0; i < ARRAY_SIZE(families); i++)
        if (str_equal(facts->id, families[i].id) || has_word(facts->like, families[i].id))
            return &families[i];
    return NULL;
}

const char *agent_facts_libvirt_command(const AgentFacts *facts)
{
    const Family *family = family_of(facts);
    return family ? family->libvirt : NULL;
}

const char *agent_facts_package_command(const AgentFacts *facts, AgentAction action)
{
    const Family *family = family_of(facts);
    return !family ? NULL : action == AGENT_REMOVE ? family->remove : family->update;
}
