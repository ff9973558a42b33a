/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a new guest is told at its first start, without its window; see new_vm_seed.h. UI thread. */
#include "client/core/new_vm_seed.h"

#include "client/core/openssh_key.h"
#include "client/core/text.h"
#include "protocol/util.h"

#include <stdlib.h>
#include <string.h>

enum { USER_MAX = 32, HOST_MAX = 63, COMPUTER_MAX = 15, ACCOUNT_MAX = 20, KEYBOARD_MAX = 32 };

void new_vm_seed_init(NewVmSeed *seed) { *seed = (NewVmSeed){ .language = x_strdup("en-US"), .keyboard = x_strdup("en-US"), .remove = true }; }

void new_vm_seed_clear(NewVmSeed *seed)
{
    char **texts[] = { &seed->user, &seed->keys, &seed->host, &seed->packages, &seed->addresses, &seed->gateway, &seed->dns, &seed->user_data,
                       &seed->edition, &seed->product_key, &seed->language, &seed->keyboard, &seed->time_zone, &seed->everyday, &seed->computer, &seed->drivers_datastore, &seed->drivers_volume };
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        free(*texts[i]);
    x_free_secret(seed->password);
    x_free_secret(seed->administrator);
    x_free_secret(seed->everyday_password);
    *seed = (NewVmSeed){ 0 };
}

void new_vm_seed_take_secret(char **field, char *value)
{
    x_free_secret(*field);
    *field = value;
}

void new_vm_seed_set_language(NewVmSeed *seed, const char *language)
{
    bool follows = str_empty(seed->keyboard) || str_equal(seed->keyboard, seed->language);
    free(seed->language);
    seed->language = x_strdup(language);
    if (!follows)
        return;
    free(seed->keyboard);
    seed->keyboard = x_strdup(language);
}

static char *say(TextId id) { return x_strdup(text(id)); }

/* ---- lists as people type them */

/* Each part that is not empty; separators as in strspn. */
static void split(const char *typed, const char *separators, StrList *ret)
{
    const char *at = str_or_empty(typed);
    while (*(at += strspn(at, separators))) {
        size_t length = strcspn(at, separators);
        AUTO_FREE char *part = x_strndup(at, length);
        StrList_add(ret, part);
        at += length;
    }
}

static bool is_key(const char *line)
{
    size_t size = 0;
    AUTO_FREE unsigned char *blob = openssh_key_public(line, &size);
    return blob != NULL;
}

/* ---- checks */

static bool is_user_name(const char *name)
{
    size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-");
    return length > 0 && length <= USER_MAX && !name[length] && !strchr("0123456789-", *name);
}

/* Letters, digits and hyphens, as in DNS; parts of a longer name are parted by dots. */
static bool is_host_name(const char *name, size_t longest, bool dots)
{
    size_t part = 0;
    for (const char *at = name; *at; at++) {
        bool letter = (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') || (*at >= '0' && *at <= '9');
        bool dot = dots && *at == '.' && part > 0;
        if (!letter && !dot && (*at != '-' || part == 0))
            return false;
        part = dot ? 0 : part + 1;
        if (part > longest)
            return false;
    }
    return part > 0;
}

static char *check_keys(const NewVmSeed *seed)
{
    AUTO(StrList_clear) StrList keys = { 0 };
    split(seed->keys, "\r\n", &keys);
    for (size_t i = 0; i < keys.count; i++)
        if (!is_key(keys.items[i]))
            return text_format(TEXT_SEED_NOT_A_KEY, keys.items[i], NULL);
    return NULL;
}

char *new_vm_seed_check_cloud(const NewVmSeed *seed)
{
    if (!seed->cloud)
        return NULL;
    if (!str_empty(seed->host) && !is_host_name(seed->host, HOST_MAX, true))
        return say(TEXT_SEED_HOST_WRONG);
    if (!str_empty(seed->user_data))
        return NULL;
    if (str_empty(seed->user))
        return say(TEXT_SEED_USER_MISSING);
    if (!is_user_name(seed->user))
        return say(TEXT_SEED_USER_WRONG);
    char *wrong = check_keys(seed);
    if (!wrong && str_empty(seed->password) && str_empty(seed->keys))
        wrong = say(TEXT_SEED_NO_WAY_IN);
    return wrong;
}

static bool is_address(const char *word, bool with_length)
{
    const char *slash = strchr(word, '/');
    size_t length = slash ? (size_t)(slash - word) : strlen(word);
    size_t digits = slash ? strspn(slash + 1, "0123456789") : 0;
    bool four = strspn(word, "0123456789.") == length, six = strspn(word, "0123456789abcdefABCDEF:.") == length && memchr(word, ':', length);
    if ((slash != NULL) != with_length || !length || (!four && !six))
        return false;
    return !slash || (digits > 0 && digits <= 3 && !slash[1 + digits]);
}

static char *check_list(const char *typed, bool with_length, TextId wrong)
{
    AUTO(StrList_clear) StrList words = { 0 };
    split(typed, " ,;\r\n", &words);
    for (size_t i = 0; i < words.count; i++)
        if (!is_address(words.items[i], with_length))
            return text_format(wrong, words.items[i], NULL);
    return NULL;
}

char *new_vm_seed_check_network(const NewVmSeed *seed)
{
    if (!seed->cloud || !seed->fixed_address)
        return NULL;
    if (str_empty(seed->addresses))
        return say(TEXT_SEED_ADDRESS_MISSING);
    char *wrong = check_list(seed->addresses, true, TEXT_SEED_ADDRESS_WRONG);
    if (!wrong)
        wrong = check_list(seed->gateway, false, TEXT_SEED_PLAIN_ADDRESS_WRONG);
    return wrong ? wrong : check_list(seed->dns, false, TEXT_SEED_PLAIN_ADDRESS_WRONG);
}

static bool is_keyboard(const char *name)
{
    size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-:");
    return length > 0 && length <= KEYBOARD_MAX && !name[length];
}

/* As the agent has it: Windows takes no more. */
static bool is_account(const char *name) { return strlen(name) <= ACCOUNT_MAX && !strpbrk(name, "\"/\\[]:;|=,+*?<>@") && *name != '.' && *name != ' '; }

static char *check_everyday(const NewVmSeed *seed)
{
    if (str_empty(seed->everyday))
        return str_empty(seed->everyday_password) ? NULL : say(TEXT_SEED_EVERYDAY_NAME_MISSING);
    if (!is_account(seed->everyday))
        return say(TEXT_SEED_EVERYDAY_WRONG);
    return str_empty(seed->everyday_password) ? say(TEXT_SEED_EVERYDAY_MISSING) : NULL;
}

char *new_vm_seed_check_windows(const NewVmSeed *seed)
{
    if (!seed->windows)
        return NULL;
    if (str_empty(seed->administrator))
        return say(TEXT_SEED_ADMINISTRATOR_MISSING);
    if (!str_empty(seed->keyboard) && !is_keyboard(seed->keyboard))
        return say(TEXT_SEED_KEYBOARD_WRONG);
    if (!str_empty(seed->computer) && !is_host_name(seed->computer, COMPUTER_MAX, false))
        return say(TEXT_SEED_COMPUTER_WRONG);
    return check_everyday(seed);
}

/* ---- keys from files */

int new_vm_seed_add_keys(NewVmSeed *seed, const char *file)
{
    AUTO(StrList_clear) StrList known = { 0 };
    AUTO(StrList_clear) StrList lines = { 0 };
    int fresh = -1;
    split(seed->keys, "\r\n", &known);
    split(file, "\r\n", &lines);
    for (size_t i = 0; i < lines.count; i++) {
        if (!is_key(lines.items[i]))
            continue;
        fresh = fresh < 0 ? 0 : fresh;
        if (StrList_contains(&known, lines.items[i]))
            continue;
        char *longer = x_printf("%s%s%s", str_or_empty(seed->keys), str_empty(seed->keys) ? "" : "\n", lines.items[i]);
        free(seed->keys);
        seed->keys = longer;
        StrList_add(&known, lines.items[i]);
        fresh++;
    }
    return fresh;
}

/* ---- the request */

static char *filled(const char *typed) { return x_strdup(str_empty(typed) ? NULL : typed); }

/* A gateway of each kind, as far as there is one. */
static void set_gateways(const char *typed, CloudNetwork *ret)
{
    AUTO(StrList_clear) StrList words = { 0 };
    split(typed, " ,;\r\n", &words);
    for (size_t i = 0; i < words.count; i++) {
        char **place = strchr(words.items[i], ':') ? &ret->gateway6 : &ret->gateway;
        free(*place);
        *place = x_strdup(words.items[i]);
    }
}

static CloudNetwork *make_network(const NewVmSeed *seed)
{
    if (!seed->fixed_address)
        return NULL;
    CloudNetwork *network = x_calloc(1, sizeof *network);
    split(seed->addresses, " ,;\r\n", &network->addresses);
    set_gateways(seed->gateway, network);
    split(seed->dns, " ,;\r\n", &network->dns);
    return network;
}

static CloudInit *make_cloud(const NewVmSeed *seed)
{
    CloudInit *cloud = x_calloc(1, sizeof *cloud);
    cloud->hostname = filled(seed->host);
    cloud->network = make_network(seed);
    cloud->user_data = filled(seed->user_data);
    if (cloud->user_data)
        return cloud;
    cloud->user = filled(seed->user);
    cloud->password = filled(seed->password);
    cloud->ssh_password = cloud->password && str_empty(seed->keys);
    cloud->sudo = true;
    split(seed->keys, "\r\n", &cloud->ssh_keys);
    split(seed->packages, " ,;\r\n", &cloud->packages);
    return cloud;
}

static WindowsAnswers *make_answers(const NewVmSeed *seed)
{
    WindowsAnswers *answers = x_calloc(1, sizeof *answers);
    *answers = (WindowsAnswers){
        .edition = filled(seed->edition), .product_key = filled(seed->product_key), .language = filled(seed->language), .keyboard = filled(seed->keyboard),
        .time_zone = filled(seed->time_zone), .computer_name = filled(seed->computer), .password = filled(seed->administrator), .user = filled(seed->everyday),
        .user_password = filled(seed->everyday_password), .drivers_datastore = filled(seed->drivers_datastore), .drivers_volume = filled(seed->drivers_volume),
    };
    return answers;
}

VmSeed *new_vm_seed_make(const NewVmSeed *seed, bool takes_cloud, bool takes_answers)
{
    bool cloud = takes_cloud && seed->cloud, windows = takes_answers && seed->windows;
    if (!cloud && !windows)
        return NULL;
    VmSeed *made = x_calloc(1, sizeof *made);
    made->cloud_init = cloud ? make_cloud(seed) : NULL;
    made->windows = windows ? make_answers(seed) : NULL;
    made->remove = seed->remove;
    return made;
}
