/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading ~/.ssh/config: see ssh_config.h. All files become one list of lines first, with marks where an included file begins and ends; then every host is
 * looked up in that list the way ssh does it: the first value wins.
 */
#include "client/core/ssh_config.h"

#include "client/core/jump.h"
#include "client/core/port.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum {
    FILE_MAX = 1 << 20,
    LINES_MAX = 20000,
    WORDS_MAX = 64,
    DEPTH_MAX = 16,  /* of includes, as in ssh */
    FOLDER_MAX = 10000,
    JUMP_DEPTH = 8,
    ALL_FILES_MAX = 1000,
};

typedef struct Line {
    char *copy;            /* words point into it */
    char *words[WORDS_MAX]; /* the keyword first, in lower case */
    size_t count;
    int depth;             /* +1: an included file begins here, -1: it ends */
} Line;

typedef struct Reader {
    const SshConfigPlace *place;
    Line *lines;
    size_t count;
    size_t files;
} Reader;

/* ---- lines */

/* Cuts the next word off: up to white space, or quoted. NULL: no more. */
static char *next_word(char **rest)
{
    char *at = *rest + strspn(*rest, " \t\f\r");
    if (!*at || *at == '#')
        return NULL;
    char *word = at, *to = at;
    bool quoted = false;
    for (; *at && (quoted || !strchr(" \t\f\r", *at)); at++) {
        if (*at == '"')
            quoted = !quoted;
        else
            *to++ = *at;
    }
    *rest = *at ? at + 1 : at;
    *to = 0;
    return word;
}

static void lower(char *word)
{
    for (; *word; word++)
        *word = (char)tolower((unsigned char)*word);
}

/* "Keyword value", "Keyword=value" and "Keyword = value" are the same. */
static void add_line(Reader *reader, const char *text, size_t length)
{
    Line line = { .copy = x_strndup(text, length) };
    char *rest = line.copy + strspn(line.copy, " \t\f\r");
    size_t keyword = strspn(rest, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
    size_t gap = keyword + strspn(rest + keyword, " \t");
    if (keyword && rest[gap] == '=')
        rest[gap] = ' ';
    for (char *word = NULL; line.count < WORDS_MAX && (word = next_word(&rest)) != NULL;)
        line.words[line.count++] = word;
    if (!line.count || reader->count >= LINES_MAX) {
        free(line.copy);
        return;
    }
    lower(line.words[0]);
    reader->lines = x_realloc(reader->lines, reader->count + 1, sizeof *reader->lines);
    reader->lines[reader->count++] = line;
}

static void add_mark(Reader *reader, int depth)
{
    reader->lines = x_realloc(reader->lines, reader->count + 1, sizeof *reader->lines);
    reader->lines[reader->count++] = (Line){ .copy = x_strdup(""), .depth = depth };
}

static void add_text(Reader *reader, const char *text, int depth);

static void add_file(Reader *reader, const char *path, int depth)
{
    char *text = NULL;
    size_t size = 0;
    if (reader->files++ >= ALL_FILES_MAX || port_read_whole(path, FILE_MAX, &text, &size, NULL) < 0)
        return;
    add_text(reader, text, depth);
    free(text);
}

/* "~/x" and relative names as whole paths; the caller frees. */
static char *full_path(const SshConfigPlace *place, const char *word)
{
    if (word[0] == '~' && (word[1] == '/' || word[1] == '\\'))
        return port_join(place->home, word + 2);
    bool absolute = word[0] == '/' || word[0] == '\\' || (isalpha((unsigned char)word[0]) && word[1] == ':');
    return absolute ? x_strdup(word) : port_join(place->folder, word);
}

/* Patterns may stand in the last part of the path. */
static void include(Reader *reader, const char *word, int depth)
{
    AUTO_FREE char *path = full_path(reader->place, word);
    const char *pattern = port_base_name(path);
    if (!strpbrk(pattern, "*?")) {
        add_file(reader, path, depth);
        return;
    }
    AUTO_FREE char *folder = x_strndup(path, (size_t)(pattern - path));
    char **names = NULL;
    size_t count = port_folder_names(folder, FOLDER_MAX, &names);
    for (size_t i = 0; i < count; i++) {
        AUTO_FREE char *file = port_join(folder, names[i]);
        if (names[i][0] != '.' && ssh_config_fits(pattern, names[i]))
            add_file(reader, file, depth);
        free(names[i]);
    }
    free(names);
}

static void add_text(Reader *reader, const char *text, int depth)
{
    if (strncmp(text, "\xef\xbb\xbf", 3) == 0)
        text += 3;
    while (*text) {
        size_t length = strcspn(text, "\n");
        size_t before = reader->count;
        add_line(reader, text, length);
        text += length + (text[length] == '\n');
        if (reader->count == before || !str_equal(reader->lines[before].words[0], "include") || depth >= DEPTH_MAX)
            continue;
        /* The line's own words stay where they are while the list grows. */
        Line line = reader->lines[before];
        add_mark(reader, 1);
        for (size_t i = 1; i < line.count; i++)
            include(reader, line.words[i], depth + 1);
        add_mark(reader, -1);
    }
}

/* ---- looking a host up */

bool ssh_config_fits(const char *pattern, const char *name)
{
    const char *star = NULL, *back = NULL; /* where to go on when the rest after the last * does not fit */
    while (*name) {
        if (*pattern == '*') {
            star = ++pattern;
            back = name;
        } else if (*pattern == '?' || tolower((unsigned char)*pattern) == tolower((unsigned char)*name)) {
            pattern++;
            name++;
        } else if (star) {
            pattern = star;
            name = ++back;
        } else {
            return false;
        }
    }
    return pattern[strspn(pattern, "*")] == 0;
}

static bool host_line_fits(const Line *line, const char *name)
{
    bool fits = false;
    for (size_t i = 1; i < line->count; i++) {
        bool not_this = line->words[i][0] == '!';
        if (!ssh_config_fits(line->words[i] + not_this, name))
            continue;
        if (not_this)
            return false;
        fits = true;
    }
    return fits;
}

/* What the file says about one host; borrowed from the lines. */
typedef struct Found {
    const char *host, *port, *user, *key_file, *jump, *command;
} Found;

static void take_value(Found *found, const Line *line)
{
    const struct {
        const char *keyword;
        const char **value;
    } wanted[] = {
        { "hostname", &found->host }, { "port", &found->port }, { "user", &found->user }, { "identityfile", &found->key_file },
        { "proxyjump", &found->jump }, { "proxycommand", &found->command },
    };
    for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
        if (line->count > 1 && !*wanted[i].value && str_equal(line->words[0], wanted[i].keyword))
            *wanted[i].value = line->words[1];
    /* Whichever of the two comes first counts. */
    if (found->jump && !found->command)
        found->command = "none";
    else if (found->command && !found->jump)
        found->jump = "none";
}

static Found look_up(const Reader *reader, const char *name)
{
    Found found = { 0 };
    bool active[DEPTH_MAX + 2] = { true };
    int depth = 0;
    for (size_t i = 0; i < reader->count; i++) {
        const Line *line = &reader->lines[i];
        const char *keyword = line->words[0];
        if (line->depth) {
            depth += line->depth;
            if (line->depth > 0)
                active[depth] = active[depth - 1];
        } else if (str_equal(keyword, "host")) {
            active[depth] = (depth == 0 || active[depth - 1]) && host_line_fits(line, name);
        } else if (str_equal(keyword, "match")) {
            active[depth] = (depth == 0 || active[depth - 1]) && line->count == 2 && str_equal(line->words[1], "all");
        } else if (active[depth]) {
            take_value(&found, line);
        }
    }
    return found;
}

/* %h, %n, %u, %r, %d and %%; NULL: something else, whose value cannot be known here. */
static char *fill_in(const char *text, const SshConfigPlace *place, const char *host, const char *name, const char *user)
{
    AUTO_FREE char *result = x_strdup("");
    for (const char *at = text; *at; at++) {
        const char *part = NULL;
        if (*at == '$' && at[1] == '{')
            return NULL;
        if (*at == '%') {
            switch (*++at) {
            case '%': part = "%"; break;
            case 'h': part = host; break;
            case 'n': part = name; break;
            case 'u': part = place->user; break;
            case 'r': part = user; break;
            case 'd': part = place->home; break;
            default:  return NULL;
            }
        }
        char *longer = part ? x_printf("%s%s", result, part) : x_printf("%s%c", result, *at);
        free(result);
        result = longer;
    }
    return TAKE_PTR(result);
}

static char *host_of(const Reader *reader, const Found *found, const char *name)
{
    char *host = found->host ? fill_in(found->host, reader->place, name, name, NULL) : NULL;
    return host ? host : x_strdup(name);
}

static int port_of(const char *word)
{
    size_t length = word ? strlen(word) : 0;
    int port = length && length < 6 && strspn(word, "0123456789") == length ? atoi(word) : 22;
    return port > 0 && port < 65536 ? port : 22;
}

/* Adds to *list, which grows by one comma-separated part. */
static void append(char **list, const char *part)
{
    char *longer = *list ? x_printf("%s,%s", *list, part) : x_strdup(part);
    free(*list);
    *list = longer;
}

/* Jump hosts are names of the file like any other: each is looked up, with the jump hosts before it. False: too deep, or not to be understood. */
static bool resolve_jump(const Reader *reader, const char *text, int depth, char **list)
{
    JumpList jumps;
    if (depth > JUMP_DEPTH || jump_parse(text, &jumps, NULL) < 0)
        return false;
    bool good = true;
    for (size_t i = 0; i < jumps.count && good; i++) {
        const JumpHost *hop = &jumps.items[i];
        Found found = look_up(reader, hop->host);
        /* Only the first may have jump hosts of its own: the others are reached through it. */
        if (i == 0 && found.jump && !str_equal(found.jump, hop->host))
            good = resolve_jump(reader, found.jump, depth + 1, list);
        AUTO_FREE char *host = host_of(reader, &found, hop->host);
        const char *user = hop->user ? hop->user : found.user ? found.user : reader->place->user;
        int port = hop->port != 22 ? hop->port : port_of(found.port);
        AUTO_FREE char *part = x_printf(strchr(host, ':') ? "%s@[%s]:%d" : "%s@%s:%d", user, host, port);
        append(list, part);
    }
    jump_clear(&jumps);
    return good;
}

static void add_host(const Reader *reader, const char *name, SshConfig *config)
{
    for (size_t i = 0; i < config->count; i++)
        if (str_equal(config->items[i].name, name))
            return;
    if (config->count >= SSH_CONFIG_HOSTS_MAX)
        return;
    Found found = look_up(reader, name);
    SshConfigHost host = { .name = x_strdup(name), .host = host_of(reader, &found, name), .port = port_of(found.port) };
    host.user = x_strdup(found.user ? found.user : reader->place->user);
    host.proxy_command = found.command && !str_equal(found.command, "none");
    AUTO_FREE char *key_file = found.key_file && !str_equal(found.key_file, "none") ? fill_in(found.key_file, reader->place, host.host, name, host.user) : NULL;
    host.key_file = key_file ? full_path(reader->place, key_file) : NULL;
    /* "Host *" often means the jump host itself, too; that one is connected to directly. */
    if (found.jump && !str_equal(found.jump, name) && !resolve_jump(reader, found.jump, 0, &host.jump))
        host.proxy_command = true;
    config->items = x_realloc(config->items, config->count + 1, sizeof *config->items);
    config->items[config->count++] = host;
}

/* ---- all together */

/* Names without patterns are hosts. */
static void collect(const Reader *reader, SshConfig *ret)
{
    for (size_t i = 0; i < reader->count; i++) {
        const Line *line = &reader->lines[i];
        if (line->depth)
            continue;
        bool all = line->count == 2 && str_equal(line->words[1], "all");
        ret->match_blocks += str_equal(line->words[0], "match") && !all;
        if (!str_equal(line->words[0], "host"))
            continue;
        for (size_t k = 1; k < line->count; k++)
            if (!strpbrk(line->words[k], "*?!") && *line->words[k])
                add_host(reader, line->words[k], ret);
    }
}

static void finish(Reader *reader, SshConfig *ret)
{
    collect(reader, ret);
    for (size_t i = 0; i < reader->count; i++)
        free(reader->lines[i].copy);
    free(reader->lines);
}

void ssh_config_parse(const char *text, const SshConfigPlace *place, SshConfig *ret)
{
    Reader reader = { .place = place };
    *ret = (SshConfig){ 0 };
    add_text(&reader, text, 0);
    finish(&reader, ret);
}

int ssh_config_read(const char *path, const SshConfigPlace *place, SshConfig *ret, Error *err)
{
    char *text = NULL;
    size_t size = 0;
    *ret = (SshConfig){ 0 };
    int code = port_read_whole(path, FILE_MAX, &text, &size, err);
    if (code < 0)
        return code;
    ssh_config_parse(text, place, ret);
    free(text);
    return 0;
}

void ssh_config_clear(SshConfig *config)
{
    for (size_t i = 0; i < config->count; i++) {
        free(config->items[i].name);
        free(config->items[i].host);
        free(config->items[i].user);
        free(config->items[i].key_file);
        free(config->items[i].jump);
    }
    free(config->items);
    *config = (SshConfig){ 0 };
}
