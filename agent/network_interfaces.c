/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines of ifupdown's files: see network_interfaces.h and interfaces(5). */
#include "agent/network_interfaces.h"
#include "agent/network_owner.h"
#include "agent/network_steps.h"

#include <ctype.h>
#include <dirent.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---------------------------------------------------------------- reading */

static void append(char **text, const char *more, size_t length)
{
    char *both = x_printf("%s%.*s\n", str_or_empty(*text), (int)length, more);
    free(*text);
    *text = both;
}

static void append_folder(char **text)
{
    DIR *folder = opendir(IFUPDOWN_FOLDER);
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        AUTO_FREE char *path = x_printf(IFUPDOWN_FOLDER "/%s", entry->d_name);
        AUTO_FREE char *more = *entry->d_name == '.' ? NULL : small_file_read(path);
        if (more)
            append(text, more, strlen(more));
    }
    if (folder)
        closedir(folder);
}

char *interfaces_read_all(void)
{
    char *text = small_file_read(IFUPDOWN_FILE);
    if (text)
        append_folder(&text);
    return text;
}

/* ---------------------------------------------------------------- lines */

typedef struct Line {
    const char *start;
    size_t length;
    char *words; /* its own copy, cut into words */
    const char *word[16];
    size_t count;
} Line;

/* The next line of the text; false: there is none. Clear it by free(line->words). */
static bool next_line(const char **text, Line *ret)
{
    if (!**text)
        return false;
    *ret = (Line){ .start = *text, .length = strcspn(*text, "\n") };
    *text += ret->length + ((*text)[ret->length] == '\n');
    ret->words = x_strndup(ret->start, ret->length);
    char *rest = ret->words;
    for (char *word = strtok_r(ret->words, " \t", &rest); word && ret->count < ARRAY_SIZE(ret->word); word = strtok_r(NULL, " \t", &rest))
        ret->word[ret->count++] = word;
    return true;
}

static bool names_devices(const Line *line)
{
    return line->count && (str_equal(line->word[0], "auto") || strncmp(line->word[0], "allow-", 6) == 0);
}

/* A word at the beginning of a line that ends a stanza. */
static bool begins_stanza(const Line *line)
{
    static const char *const words[] = { "iface", "mapping", "source", "source-directory", "no-auto-down", "no-scripts", "template" };
    for (size_t i = 0; line->count && i < ARRAY_SIZE(words); i++)
        if (str_equal(line->word[0], words[i]))
            return true;
    return names_devices(line);
}

static bool is_stanza_of(const Line *line, const char *name) { return line->count >= 2 && str_equal(line->word[0], "iface") && str_equal(line->word[1], name); }

/* source-directory passes over all other names. */
static bool is_plain_file_name(const char *name)
{
    for (const char *p = name; *p; p++)
        if (!isascii(*p) || (!isalnum((unsigned char)*p) && *p != '_' && *p != '-'))
            return false;
    return *name;
}

static bool pattern_reads(const char *pattern, const char *path, bool folder)
{
    const char *last = strrchr(path, '/');
    size_t length = strlen(pattern);
    if (folder && (!last || !is_plain_file_name(last + 1)))
        return false;
    AUTO_FREE char *place = folder ? x_strndup(path, (size_t)(last - path)) : x_strdup(path);
    AUTO_FREE char *whole = x_printf("%s%.*s", *pattern == '/' ? "" : IFUPDOWN_PLACE "/", (int)(folder && length > 1 && pattern[length - 1] == '/' ? length - 1 : length), pattern);
    return fnmatch(whole, place, FNM_PATHNAME | FNM_PERIOD) == 0;
}

bool interfaces_reads(const char *text, const char *path)
{
    bool reads = false;
    for (Line line; !reads && next_line(&text, &line); free(line.words)) {
        bool folder = line.count && str_equal(line.word[0], "source-directory");
        if (!folder && (!line.count || !str_equal(line.word[0], "source")))
            continue;
        for (size_t i = 1; !reads && i < line.count; i++)
            reads = pattern_reads(line.word[i], path, folder);
    }
    return reads;
}

bool interfaces_has(const char *text, const char *name)
{
    bool found = false;
    for (Line line; !found && next_line(&text, &line); free(line.words))
        found = is_stanza_of(&line, name);
    return found;
}

char *interfaces_options(const char *text, const char *name, const char *family, char **ret_method)
{
    char *options = NULL;
    bool inside = false;
    *ret_method = NULL;
    for (Line line; next_line(&text, &line); free(line.words)) {
        if (begins_stanza(&line)) {
            inside = is_stanza_of(&line, name) && line.count >= 4 && str_equal(line.word[2], family);
            if (inside && !*ret_method)
                *ret_method = x_strdup(line.word[3]);
        } else if (inside && line.count && *line.word[0] != '#') {
            append(&options, line.start, line.length);
        }
    }
    return *ret_method && !options ? x_strdup("") : options;
}

static bool makes_the_device(const Line *line)
{
    static const char *const words[] = { "pre-up", "post-down", "slaves", "hwaddress", "mtu" };
    static const char *const beginnings[] = { "bond-", "bond_", "vlan-", "vlan_" };
    bool makes = false;
    for (size_t i = 0; line->count && i < ARRAY_SIZE(words); i++)
        makes = makes || str_equal(line->word[0], words[i]);
    for (size_t i = 0; line->count && i < ARRAY_SIZE(beginnings); i++)
        makes = makes || strncmp(line->word[0], beginnings[i], strlen(beginnings[i])) == 0;
    return makes;
}

char *interfaces_split(const char *options, bool makes)
{
    char *ret = x_strdup("");
    for (Line line; next_line(&options, &line); free(line.words))
        if (makes_the_device(&line) == makes)
            append(&ret, line.start, line.length);
    return ret;
}

/* ---------------------------------------------------------------- putting aside and back */

static void put_line(char **text, const char *before, const char *line, size_t length)
{
    AUTO_FREE char *whole = x_printf("%s%.*s", before, (int)length, line);
    append(text, whole, strlen(whole));
}

/* "auto lo eth0" without eth0 is "auto lo". */
static void put_other_names(char **text, const Line *line, const char *name)
{
    AUTO_FREE char *rest = x_strdup(line->word[0]);
    size_t kept = 0;
    for (size_t i = 1; i < line->count; i++) {
        if (str_equal(line->word[i], name))
            continue;
        char *longer = x_printf("%s %s", rest, line->word[i]);
        free(rest);
        rest = longer;
        kept++;
    }
    if (kept)
        append(text, rest, strlen(rest));
}

static bool names(const Line *line, const char *name)
{
    for (size_t i = 1; i < line->count; i++)
        if (str_equal(line->word[i], name))
            return true;
    return false;
}

char *interfaces_put_aside(const char *text, const char *name, const char *mark)
{
    char *ret = x_strdup("");
    bool inside = false;
    for (Line line; next_line(&text, &line); free(line.words)) {
        if (begins_stanza(&line))
            inside = is_stanza_of(&line, name);
        if (names_devices(&line) && names(&line, name)) {
            AUTO_FREE char *single = x_printf("%s %s", line.word[0], name);
            put_other_names(&ret, &line, name);
            put_line(&ret, mark, single, strlen(single));
        } else {
            put_line(&ret, inside && line.count ? mark : "", line.start, line.length);
        }
    }
    return ret;
}

char *interfaces_put_back(const char *text, const char *mark, char **ret_only)
{
    char *ret = x_strdup("");
    char *only = NULL;
    size_t length = strlen(mark);
    for (Line line; next_line(&text, &line); free(line.words)) {
        bool ours = line.length >= length && strncmp(line.start, mark, length) == 0;
        put_line(&ret, "", line.start + (ours ? length : 0), line.length - (ours ? length : 0));
        if (ours)
            put_line(&only, "", line.start + length, line.length - length);
    }
    if (ret_only)
        *ret_only = only;
    else
        free(only);
    return ret;
}
