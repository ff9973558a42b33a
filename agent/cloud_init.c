/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files for cloud-init: see cloud_init.h. Field names are those of cloud-init's documentation, modules and network config version 1. */
#include "agent/cloud_init.h"
#include "agent/password_hash.h"

#include <arpa/inet.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LETTERS "abcdefghijklmnopqrstuvwxyz"
#define CAPITALS "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

static int refuse(const char *vm, Error *err, const char *what, const char *value)
{
    return error_set(err, ERR_VM_SETTING, vm, "'%s' %s", value, what);
}

static bool only(const char *text, const char *letters) { return *text && strspn(text, letters) == strlen(text); }

/* ---------------------------------------------------------------- checks */

static bool is_hostname(const char *name)
{
    return strlen(name) <= 253 && only(name, LETTERS CAPITALS DIGITS "-.") && name[0] != '-' && name[0] != '.' && !strstr(name, "..");
}

static bool is_user(const char *name)
{
    return strlen(name) <= 32 && only(name, LETTERS DIGITS "_-") && (name[0] == '_' || (name[0] >= 'a' && name[0] <= 'z'));
}

/* "type base64 comment": a line with options in front would be cut by some of cloud-init's versions. */
static bool is_key(const char *line)
{
    static const char *const types[] = { "ssh-rsa ", "ssh-ed25519 ", "ssh-dss ", "ecdsa-sha2-", "sk-ssh-ed25519", "sk-ecdsa-sha2-" };
    const char *blank = strchr(line, ' ');
    for (size_t i = 0; i < ARRAY_SIZE(types) && blank && !strpbrk(line, "\r\n"); i++)
        if (strncmp(line, types[i], strlen(types[i])) == 0)
            return strspn(blank + 1, LETTERS CAPITALS DIGITS "+/=") >= 16;
    return false;
}

static bool is_package(const char *name) { return strlen(name) <= LIMIT_NAME && only(name, LETTERS CAPITALS DIGITS "+-._:=~/@") && name[0] != '-'; }

static bool is_user_data(const char *text)
{
    static const char *const marks[] = { "#cloud-config", "#!", "#include", "#cloud-boothook", "#part-handler", "#upstart-job", "## template:", "Content-Type:", "MIME-Version:" };
    for (size_t i = 0; i < ARRAY_SIZE(marks); i++)
        if (strncmp(text, marks[i], strlen(marks[i])) == 0)
            return true;
    return false;
}

static int check_lists(const CloudInit *want, const char *vm, Error *err)
{
    for (size_t i = 0; i < want->ssh_keys.count; i++)
        if (!is_key(want->ssh_keys.items[i]))
            return error_set(err, ERR_VM_SETTING, vm, "SSH key number %zu is not a public key as OpenSSH writes it", i + 1);
    for (size_t i = 0; i < want->packages.count; i++)
        if (!is_package(want->packages.items[i]))
            return refuse(vm, err, "cannot be the name of a package", want->packages.items[i]);
    return 0;
}

static int check(const CloudInit *want, const char *vm, Error *err)
{
    if (want->hostname && !is_hostname(want->hostname))
        return refuse(vm, err, "cannot be a host name: letters, digits, hyphens and dots are possible", want->hostname);
    if (want->user && (!is_user(want->user) || str_equal(want->user, "root")))
        return refuse(vm, err, "cannot be the user: small letters, digits, _ and - are possible, and root is there already", want->user);
    if (want->timezone && !only(want->timezone, LETTERS CAPITALS DIGITS "_+-/"))
        return refuse(vm, err, "cannot be a time zone; these are like Europe/Berlin", want->timezone);
    if (want->locale && !only(want->locale, LETTERS CAPITALS DIGITS "_.-@"))
        return refuse(vm, err, "cannot be a locale; these are like de_DE.UTF-8", want->locale);
    if (want->password && want->password_hash)
        return error_set(err, ERR_VM_SETTING, vm, "a password and a hash of one cannot be given both");
    if (want->password_hash && !password_is_hash(want->password_hash))
        return error_set(err, ERR_VM_SETTING, vm, "the hash of the password is not one that crypt makes, like $6$...");
    return check_lists(want, vm, err);
}

/* Raw user data says everything itself. */
static int check_raw(const CloudInit *want, const char *vm, Error *err)
{
    if (want->user || want->password || want->password_hash || want->ssh_keys.count || want->packages.count || want->timezone || want->locale || want->upgrade
        || want->sudo || want->ssh_password)
        return error_set(err, ERR_VM_SETTING, vm, "user data of one's own cannot be mixed with user, keys, packages and the like; write these into it");
    if (!is_user_data(want->user_data))
        return error_set(err, ERR_VM_SETTING, vm, "user data begins with #cloud-config, #! or another mark that cloud-init knows");
    return want->hostname && !is_hostname(want->hostname) ? refuse(vm, err, "cannot be a host name", want->hostname) : 0;
}

/* ---------------------------------------------------------------- user data */

static json_t *strings(const StrList *list)
{
    json_t *array = json_array();
    for (size_t i = 0; i < list->count; i++)
        json_array_append_new(array, json_string(list->items[i]));
    return array;
}

static void put_text(json_t *object, const char *name, const char *value)
{
    if (!str_empty(value))
        json_object_set_new(object, name, json_string(value));
}

static char *text_of(json_t *object, const char *first_line)
{
    char *json = json_dumps(object, JSON_INDENT(2));
    char *text = x_printf("%s%s\n", first_line, str_or_empty(json));
    free(json);
    json_decref(object);
    return text;
}

/* bash is what people expect on Linux; BSDs and Alpine have none. */
static const char *shell_of(const char *guest)
{
    static const char *const without[] = { "alpine", "freebsd", "openbsd", "netbsd", "dragonfly" };
    for (size_t i = 0; guest && i < ARRAY_SIZE(without); i++)
        if (strncasecmp(guest, without[i], strlen(without[i])) == 0)
            return NULL;
    return "/bin/bash";
}

static json_t *user_of(const CloudInit *want, const char *guest, const char *hash)
{
    json_t *user = json_object();
    put_text(user, "name", want->user);
    put_text(user, "shell", shell_of(guest));
    json_object_set_new(user, "lock_passwd", json_boolean(!hash));
    put_text(user, "passwd", hash);
    put_text(user, "sudo", want->sudo ? "ALL=(ALL) NOPASSWD:ALL" : "ALL=(ALL) ALL");
    if (want->ssh_keys.count)
        json_object_set_new(user, "ssh_authorized_keys", strings(&want->ssh_keys));
    return user;
}

static void put_login(json_t *config, const CloudInit *want, const char *guest, const char *hash)
{
    if (want->user) {
        json_t *users = json_array();
        json_array_append_new(users, user_of(want, guest, hash));
        json_object_set_new(config, "users", users);
    } else {
        put_text(config, "password", hash);
        if (want->ssh_keys.count)
            json_object_set_new(config, "ssh_authorized_keys", strings(&want->ssh_keys));
    }
    if (hash) {
        json_t *change = json_object();
        json_object_set_new(change, "expire", json_false());
        json_object_set_new(config, "chpasswd", change);
    }
    json_object_set_new(config, "ssh_pwauth", json_boolean(want->ssh_password));
}

static char *config_text(const CloudInit *want, const char *vm, const char *guest, const char *hash)
{
    AUTO_FREE char *hostname = cloud_hostname(want, vm);
    json_t *config = json_object();
    put_text(config, "hostname", hostname);
    json_object_set_new(config, "manage_etc_hosts", json_true());
    put_login(config, want, guest, hash);
    put_text(config, "timezone", want->timezone);
    put_text(config, "locale", want->locale);
    if (want->packages.count || want->upgrade)
        json_object_set_new(config, "package_update", json_true());
    if (want->upgrade)
        json_object_set_new(config, "package_upgrade", json_true());
    if (want->packages.count)
        json_object_set_new(config, "packages", strings(&want->packages));
    return text_of(config, "#cloud-config\n");
}

int cloud_user_data(const CloudInit *want, const char *vm, const char *guest, char **ret, Error *err)
{
    AUTO_FREE char *hash = want->password_hash ? x_strdup(want->password_hash) : NULL;
    int code = want->user_data ? check_raw(want, vm, err) : check(want, vm, err);
    if (code == 0 && want->password)
        code = password_hash(want->password, &hash, err);
    if (code == 0)
        *ret = want->user_data ? x_strdup(want->user_data) : config_text(want, vm, guest, hash);
    return code;
}

/* ---------------------------------------------------------------- meta data */

char *cloud_hostname(const CloudInit *want, const char *vm)
{
    if (!str_empty(want->hostname))
        return x_strdup(want->hostname);
    char *name = x_calloc(64, 1);
    size_t count = 0;
    for (const char *at = vm; *at && count < 63; at++)
        if (strchr(LETTERS CAPITALS DIGITS, *at))
            name[count++] = *at;
        else if (count && name[count - 1] != '-')
            name[count++] = '-';
    while (count && name[count - 1] == '-')
        name[--count] = 0;
    if (count)
        return name;
    free(name);
    return x_strdup("vm");
}

char *cloud_meta_data(const char *instance, const char *hostname)
{
    json_t *meta = json_object();
    put_text(meta, "instance-id", instance);
    put_text(meta, "local-hostname", hostname);
    return text_of(meta, "");
}

/* ---------------------------------------------------------------- network */

static int family_of(const char *address)
{
    unsigned char bytes[16];
    return inet_pton(AF_INET, address, bytes) == 1 ? AF_INET : inet_pton(AF_INET6, address, bytes) == 1 ? AF_INET6 : 0;
}

/* Of "10.0.0.5/24"; 0: it is no address with a prefix. */
static int network_family(const char *address)
{
    const char *slash = strchr(address, '/');
    AUTO_FREE char *host = slash ? x_strndup(address, (size_t)(slash - address)) : NULL;
    int family = host ? family_of(host) : 0;
    if (!family || !only(slash + 1, DIGITS) || strlen(slash + 1) > 3)
        return 0;
    int length = atoi(slash + 1);
    return length >= 1 && length <= (family == AF_INET ? 32 : 128) ? family : 0;
}

static int check_network(const CloudNetwork *want, const char *vm, Error *err)
{
    if (!want->addresses.count)
        return error_set(err, ERR_VM_SETTING, vm, "a network without DHCP needs an address");
    for (size_t i = 0; i < want->addresses.count; i++)
        if (!network_family(want->addresses.items[i]))
            return refuse(vm, err, "is no address with the length of a prefix, like 10.0.0.5/24", want->addresses.items[i]);
    if (want->gateway && family_of(want->gateway) != AF_INET)
        return refuse(vm, err, "is no IPv4 address", want->gateway);
    if (want->gateway6 && family_of(want->gateway6) != AF_INET6)
        return refuse(vm, err, "is no IPv6 address", want->gateway6);
    for (size_t i = 0; i < want->dns.count; i++)
        if (!family_of(want->dns.items[i]))
            return refuse(vm, err, "is no IP address", want->dns.items[i]);
    for (size_t i = 0; i < want->domains.count; i++)
        if (!is_hostname(want->domains.items[i]))
            return refuse(vm, err, "is no domain", want->domains.items[i]);
    return 0;
}

/* A router belongs to one address of its family only. */
static json_t *subnet_of(const CloudNetwork *want, size_t index, bool *told4, bool *told6)
{
    const char *address = want->addresses.items[index];
    bool six = network_family(address) == AF_INET6;
    bool *told = six ? told6 : told4;
    json_t *subnet = json_object();
    put_text(subnet, "type", six ? "static6" : "static");
    put_text(subnet, "address", address);
    if (!*told)
        put_text(subnet, "gateway", six ? want->gateway6 : want->gateway);
    *told = true;
    if (index == 0 && want->dns.count)
        json_object_set_new(subnet, "dns_nameservers", strings(&want->dns));
    if (index == 0 && want->domains.count)
        json_object_set_new(subnet, "dns_search", strings(&want->domains));
    return subnet;
}

int cloud_network(const CloudNetwork *want, const char *vm, const char *mac, char **ret, Error *err)
{
    bool told4 = false, told6 = false;
    int code = check_network(want, vm, err);
    if (code < 0)
        return code;
    json_t *subnets = json_array();
    for (size_t i = 0; i < want->addresses.count; i++)
        json_array_append_new(subnets, subnet_of(want, i, &told4, &told6));
    json_t *card = json_object();
    put_text(card, "type", "physical");
    put_text(card, "name", "eth0");
    put_text(card, "mac_address", mac);
    json_object_set_new(card, "subnets", subnets);
    json_t *cards = json_array();
    json_array_append_new(cards, card);
    json_t *whole = json_object();
    json_object_set_new(whole, "version", json_integer(1));
    json_object_set_new(whole, "config", cards);
    *ret = text_of(whole, "");
    return 0;
}
