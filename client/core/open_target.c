/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading poolcenter:// links; see open_target.h. Strict on purpose: what is not plainly right is refused. */
#include "client/core/open_target.h"

#include "protocol/limits.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static const char scheme[] = "poolcenter:";
static const char search_ending[] = ".poolsearch";

enum { SSH_PORT = 22, PORT_MAX = 65535, PORT_DIGITS_MAX = 5, HOST_MAX = 253 };

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c; }

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool same_ignoring_case(const char *a, const char *b, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (lower(a[i]) != lower(b[i]) || !a[i])
            return false;
    return true;
}

OpenKind open_target_kind(const char *argument)
{
    size_t length = strlen(argument), ending = sizeof search_ending - 1;

    if (same_ignoring_case(argument, scheme, sizeof scheme - 1))
        return OPEN_LINK;
    return length > ending && same_ignoring_case(argument + length - ending, search_ending, ending) ? OPEN_SEARCH : OPEN_NOTHING;
}

static bool is_host_letter(char c, bool address)
{
    if (address)
        return is_digit(c) || c == ':' || c == '.' || (lower(c) >= 'a' && lower(c) <= 'f');
    return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z') || c == '-' || c == '.' || c == '_';
}

/* The host's part from *at on; *at is left behind it. NULL: not a host. */
static char *take_host(const char **at)
{
    bool address = **at == '[';
    const char *begin = *at + address, *end = begin;

    while (is_host_letter(*end, address))
        end++;
    if (end == begin || end - begin > HOST_MAX || *begin == '-' || (address && *end != ']'))
        return NULL;
    *at = end + address;
    return x_strndup(begin, (size_t)(end - begin));
}

/* ":port" when it is there; 0: not a port. */
static int take_port(const char **at)
{
    int port = 0, digits = 0;

    if (**at != ':')
        return SSH_PORT;
    for ((*at)++; is_digit(**at) && digits < PORT_DIGITS_MAX; (*at)++, digits++)
        port = port * 10 + (**at - '0');
    return port <= PORT_MAX ? port : 0;
}

static int hex_value(char c)
{
    if (is_digit(c))
        return c - '0';
    c = lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_utf8(const char *words)
{
    json_t *checked = json_string(words);

    json_decref(checked);
    return checked != NULL;
}

/* The rest as a VM's name: %XX decoded, no control characters, no query, no second part. NULL: it is none. */
static char *take_name(const char *at)
{
    AUTO_FREE char *name = x_calloc(1, strlen(at) + 1);
    size_t length = 0;

    for (; *at; at++) {
        int high = *at == '%' ? hex_value(at[1]) : -1, low = high >= 0 ? hex_value(at[2]) : -1;
        unsigned char c = (unsigned char)(low >= 0 ? high * 16 + low : *at);
        if ((*at == '%' && low < 0) || c < ' ' || c == 0x7F || strchr("/?#", *at) || length >= LIMIT_NAME)
            return NULL;
        name[length++] = (char)c;
        at += *at == '%' ? 2 : 0;
    }
    return is_utf8(name) ? TAKE_PTR(name) : NULL;
}

bool open_target_parse(const char *link, OpenTarget *ret, TextId *ret_why)
{
    AUTO_FREE char *host = NULL;
    AUTO_FREE char *vm = NULL;
    const char *at = link + sizeof scheme - 1;
    int port;

    *ret_why = TEXT_LINK_FORM;
    if (strlen(link) > OPEN_LINK_MAX || open_target_kind(link) != OPEN_LINK || strncmp(at, "//", 2) != 0)
        return false;
    at += 2;
    *ret_why = strcspn(at, "@") < strcspn(at, "/") ? TEXT_LINK_USER : TEXT_LINK_HOST;
    host = *ret_why == TEXT_LINK_HOST ? take_host(&at) : NULL;
    if (!host)
        return false;
    port = take_port(&at);
    *ret_why = TEXT_LINK_PORT;
    if (!port)
        return false;
    *ret_why = TEXT_LINK_FORM;
    if (*at && *at != '/')
        return false;
    *ret_why = TEXT_LINK_NAME;
    if (*at && at[1] && !(vm = take_name(at + 1)))
        return false;
    *ret = (OpenTarget){.host = TAKE_PTR(host), .port = port, .vm = TAKE_PTR(vm)};
    return true;
}

void open_target_clear(OpenTarget *target)
{
    free(target->host);
    free(target->vm);
    *target = (OpenTarget){0};
}
