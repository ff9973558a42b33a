/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lists of jump hosts: see jump.h. */
#include "client/core/jump.h"

#include "client/core/text.h"
#include "protocol/limits.h"

#include <stdlib.h>
#include <string.h>

static void clear_host(JumpHost *host)
{
    free(host->user);
    free(host->host);
    *host = (JumpHost){ 0 };
}

void jump_clear(JumpList *list)
{
    for (size_t i = 0; i < list->count; i++)
        clear_host(&list->items[i]);
    list->count = 0;
}

/* A whole decimal port, or 0. */
static int read_port(const char *text)
{
    size_t length = strlen(text);
    if (!length || length > 5 || strspn(text, "0123456789") != length)
        return 0;
    int port = atoi(text);
    return port < 65536 ? port : 0;
}

/* Names and addresses; what a shell or a terminal could mistake for something else is none. */
static bool plain_word(const char *text)
{
    size_t length = strlen(text);
    if (!length || length > LIMIT_NAME || *text == '-')
        return false;
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)text[i] <= ' ' || text[i] == 0x7f || strchr("\"'`$\\<>|;&(){}@,", text[i]))
            return false;
    return true;
}

/* "host", "host:port", "[v6]", "[v6]:port" or a bare v6 address. */
static bool split_port(char *word, JumpHost *ret)
{
    char *port = NULL, *end = NULL;
    ret->port = 22;
    if (*word == '[') {
        end = strchr(++word, ']');
        if (!end || (end[1] && end[1] != ':'))
            return false;
        port = end[1] ? end + 2 : NULL;
        *end = 0;
    } else {
        end = strrchr(word, ':');
        if (end && strchr(word, ':') == end) {
            port = end + 1;
            *end = 0;
        }
    }
    if (port && !(ret->port = read_port(port)))
        return false;
    if (!plain_word(word))
        return false;
    ret->host = x_strdup(word);
    return true;
}

bool jump_parse_host(const char *text, size_t length, JumpHost *ret)
{
    AUTO_FREE char *copy = x_strndup(text, length);
    char *word = copy;
    if (strncmp(word, "ssh://", 6) == 0) {
        word += 6;
        size_t last = strlen(word);
        if (last && word[last - 1] == '/')
            word[last - 1] = 0;
    }
    char *at = strrchr(word, '@');
    if (at) {
        *at = 0;
        if (!plain_word(word))
            return false;
        ret->user = x_strdup(word);
        word = at + 1;
    }
    return split_port(word, ret);
}

int jump_parse(const char *text, JumpList *ret, Error *err)
{
    *ret = (JumpList){ 0 };
    if (str_empty(text) || str_equal(text, "none"))
        return 0;
    for (const char *part = text;; part++) {
        part += strspn(part, " \t");
        size_t length = strcspn(part, ",");
        const char *next = part + length;
        while (length && (part[length - 1] == ' ' || part[length - 1] == '\t'))
            length--;
        JumpHost host = { 0 };
        bool good = ret->count < JUMP_MAX && jump_parse_host(part, length, &host);
        if (!good) {
            AUTO_FREE char *limit = x_printf("%d", JUMP_MAX);
            AUTO_FREE char *word = x_strndup(part, length);
            AUTO_FREE char *why = text_format(ret->count < JUMP_MAX ? TEXT_JUMP_BAD : TEXT_JUMP_MANY, ret->count < JUMP_MAX ? word : limit, NULL);
            clear_host(&host);
            jump_clear(ret);
            return error_set(err, ERR_INVALID_PARAMS, NULL, "%s", why);
        }
        ret->items[ret->count++] = host;
        part = next;
        if (!*part)
            return 0;
    }
}
