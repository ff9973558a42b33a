/* SPDX-License-Identifier: GPL-3.0-or-later */
/* osinfo-db: see osinfo.h. */
#include "agent/osinfo.h"
#include "agent/xml.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

enum { FILE_BYTES_MAX = 512 << 10, VENDORS_MAX = 500 };

/* ---------------------------------------------------------------- one system */

/* Names come in many languages; the one without a language is English. */
static char *plain_text(xmlNode *os, const char *name, size_t limit)
{
    for (xmlNode *node = xml_child(os, name); node; node = xml_next(node, name)) {
        AUTO_FREE char *language = xml_attribute(node, "lang", LIMIT_NAME);
        if (!language)
            return xml_text(node, limit);
    }
    return NULL;
}

/* "2021-08-14" in ms, 0: it is no date. */
static int64_t date_of(xmlNode *os, const char *name)
{
    AUTO_FREE char *text = xml_text(xml_child(os, name), LIMIT_NAME);
    struct tm date = { 0 };
    if (!text || sscanf(text, "%4d-%2d-%2d", &date.tm_year, &date.tm_mon, &date.tm_mday) != 3 || date.tm_year < 1970 || date.tm_mon < 1 || date.tm_mon > 12
        || date.tm_mday < 1 || date.tm_mday > 31)
        return 0;
    date.tm_year -= 1900;
    date.tm_mon -= 1;
    return (int64_t)timegm(&date) * 1000;
}

static void read_parents(xmlNode *os, const char *relation, OsinfoSystem *system)
{
    for (xmlNode *node = xml_child(os, relation); node; node = xml_next(node, relation))
        for (size_t i = 0; i < OSINFO_PARENTS; i++)
            if (!system->parents[i]) {
                system->parents[i] = xml_attribute(node, "id", LIMIT_NAME);
                break;
            }
}

static void read_devices(xmlNode *os, OsinfoSystem *system)
{
    static const struct { const char *id; OsinfoDevice device; } known[] = {
        { "1af4/1001", OSINFO_VIRTIO_DISK }, { "1af4/1042", OSINFO_VIRTIO_DISK }, { "1af4/1000", OSINFO_VIRTIO_NET }, { "1af4/1041", OSINFO_VIRTIO_NET },
        { "8086/10d3", OSINFO_E1000E },      { "8086/100e", OSINFO_E1000 },       { "10ec/8139", OSINFO_RTL8139 },
    };
    static const char prefix[] = "http://pcisig.com/pci/";
    for (xmlNode *node = xml_child(os, "devices/device"); node; node = xml_next(node, "device")) {
        AUTO_FREE char *id = xml_attribute(node, "id", LIMIT_NAME);
        if (!id || strncmp(id, prefix, sizeof prefix - 1) != 0 || xml_attribute_is(node, "supported", "false"))
            continue;
        for (size_t i = 0; i < ARRAY_SIZE(known); i++)
            if (str_equal(id + sizeof prefix - 1, known[i].id))
                system->devices[known[i].device] = true;
    }
}

static const char *machine(void)
{
    static struct utsname host;
    return uname(&host) == 0 ? host.machine : "x86_64";
}

/* Higher counts: what is for this machine goes before what is for all. */
static int arch_rank(xmlNode *node)
{
    return xml_attribute_is(node, "arch", machine()) ? 2 : xml_attribute_is(node, "arch", "all") ? 1 : 0;
}

static void take_number(xmlNode *node, const char *name, int64_t *value)
{
    int64_t number = xml_number(xml_child(node, name));
    if (number > 0)
        *value = number;
}

static void take_resources(xmlNode *node, OsinfoResources *ret)
{
    take_number(node, "n-cpus", &ret->vcpus);
    take_number(node, "ram", &ret->memory);
    take_number(node, "storage", &ret->disk);
}

static void read_resources(xmlNode *os, OsinfoSystem *system)
{
    for (int rank = 1; rank <= 2; rank++)
        for (xmlNode *node = xml_child(os, "resources"); node; node = xml_next(node, "resources")) {
            if (arch_rank(node) != rank)
                continue;
            system->inherits |= xml_attribute_is(node, "inherit", "true");
            take_resources(xml_child(node, "minimum"), &system->minimum);
            take_resources(xml_child(node, "recommended"), &system->recommended);
        }
}

static void read_firmware(xmlNode *os, OsinfoSystem *system)
{
    for (xmlNode *node = xml_child(os, "firmware"); node; node = xml_next(node, "firmware"))
        if (arch_rank(node) && xml_attribute_is(node, "type", "bios") && xml_attribute_is(node, "supported", "false"))
            system->without_bios = true;
}

static void read_images(xmlNode *os, OsinfoSystem *system)
{
    for (xmlNode *node = xml_child(os, "image"); node; node = xml_next(node, "image"))
        system->cloud_init |= xml_attribute_is(node, "cloud-init", "true");
}

static void read_media(xmlNode *os, OsinfoSystem *system)
{
    for (xmlNode *node = xml_child(os, "media"); node && system->media_count < OSINFO_MEDIA_MAX; node = xml_next(node, "media")) {
        xmlNode *iso = xml_child(node, "iso");
        if (!iso)
            continue;
        OsinfoMedia media = {
            .arch = xml_attribute(node, "arch", LIMIT_NAME),
            .volume = xml_text(xml_child(iso, "volume-id"), LIMIT_NAME),
            .system = xml_text(xml_child(iso, "system-id"), LIMIT_NAME),
            .publisher = xml_text(xml_child(iso, "publisher-id"), LIMIT_NAME),
            .application = xml_text(xml_child(iso, "application-id"), LIMIT_NAME),
            .size = xml_number(xml_child(iso, "volume-size")),
        };
        system->media = x_realloc(system->media, system->media_count + 1, sizeof *system->media);
        system->media[system->media_count++] = media;
    }
}

static void system_clear(OsinfoSystem *system)
{
    char *const texts[] = { system->url, system->id, system->name, system->version, system->vendor, system->family, system->distro };
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        free(texts[i]);
    for (size_t i = 0; i < OSINFO_PARENTS; i++)
        free(system->parents[i]);
    for (size_t i = 0; i < system->media_count; i++) {
        char *const patterns[] = { system->media[i].arch, system->media[i].volume, system->media[i].system, system->media[i].publisher, system->media[i].application };
        for (size_t j = 0; j < ARRAY_SIZE(patterns); j++)
            free(patterns[j]);
    }
    free(system->media);
    *system = (OsinfoSystem){ 0 };
}

static void add_system(xmlNode *os, Osinfo *osinfo)
{
    OsinfoSystem system = {
        .url = xml_attribute(os, "id", LIMIT_NAME),
        .id = xml_text(xml_child(os, "short-id"), LIMIT_NAME),
        .name = plain_text(os, "name", LIMIT_NAME),
        .version = plain_text(os, "version", LIMIT_NAME),
        .vendor = plain_text(os, "vendor", LIMIT_NAME),
        .family = plain_text(os, "family", LIMIT_NAME),
        .distro = plain_text(os, "distro", LIMIT_NAME),
        .released = date_of(os, "release-date"),
        .ends = date_of(os, "eol-date"),
    };
    read_parents(os, "clones", &system);
    read_parents(os, "derives-from", &system);
    read_devices(os, &system);
    read_resources(os, &system);
    read_firmware(os, &system);
    read_images(os, &system);
    read_media(os, &system);
    if (!system.url || str_empty(system.id) || str_empty(system.name) || osinfo->count >= OSINFO_SYSTEMS_MAX) {
        system_clear(&system);
        return;
    }
    for (size_t i = 0; i < osinfo->count; i++)
        if (str_equal(osinfo->items[i].url, system.url)) {
            system_clear(&osinfo->items[i]);
            osinfo->items[i] = system;
            return;
        }
    osinfo->items = x_realloc(osinfo->items, osinfo->count + 1, sizeof *osinfo->items);
    osinfo->items[osinfo->count++] = system;
}

bool osinfo_parse(const char *text, size_t length, Osinfo *osinfo)
{
    xmlNode *root = length <= FILE_BYTES_MAX ? xml_parse(text, length, "libosinfo", NULL) : NULL;
    for (xmlNode *os = xml_child(root, "os"); os; os = xml_next(os, "os"))
        add_system(os, osinfo);
    xml_free(root);
    return root != NULL;
}

/* ---------------------------------------------------------------- all of them */

/* A plain file of bearable size; the caller frees. */
static char *read_small(int folder, const char *name, size_t limit, size_t *ret_length)
{
    struct stat status;
    int fd = openat(folder, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    char *text = NULL;
    if (fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size >= 0 && (size_t)status.st_size <= limit) {
        text = x_calloc((size_t)status.st_size + 1, 1);
        ssize_t count = read(fd, text, (size_t)status.st_size);
        *ret_length = count > 0 ? (size_t)count : 0;
    }
    if (fd >= 0)
        close(fd);
    return text;
}

static bool is_xml(const struct dirent *entry)
{
    const char *ending = strrchr(entry->d_name, '.');
    return entry->d_name[0] != '.' && str_equal(ending, ".xml");
}

static void read_vendor(int os, const char *name, Osinfo *osinfo)
{
    int fd = openat(os, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
    for (struct dirent *entry = folder ? readdir(folder) : NULL; entry && osinfo->count < OSINFO_SYSTEMS_MAX; entry = readdir(folder)) {
        size_t length = 0;
        AUTO_FREE char *text = is_xml(entry) ? read_small(fd, entry->d_name, FILE_BYTES_MAX, &length) : NULL;
        if (text)
            osinfo_parse(text, length, osinfo);
    }
    if (folder)
        closedir(folder);
    else if (fd >= 0)
        close(fd);
}

static void read_version(const char *folder, Osinfo *osinfo)
{
    size_t length = 0;
    AUTO_FREE char *path = x_printf("%s/VERSION", folder);
    AUTO_FREE char *text = read_small(AT_FDCWD, path, LIMIT_NAME, &length);
    if (osinfo->version)
        return;
    if (text)
        text[strcspn(text, "\r\n")] = 0;
    osinfo->version = x_strdup(str_empty(text) ? "?" : text);
}

static void read_folder(const char *folder, Osinfo *osinfo)
{
    AUTO_FREE char *path = x_printf("%s/os", folder);
    int vendors = 0;
    DIR *os = opendir(path);
    if (!os)
        return;
    size_t before = osinfo->count;
    for (struct dirent *entry = readdir(os); entry && vendors < VENDORS_MAX; entry = readdir(os))
        if (entry->d_name[0] != '.') {
            vendors++;
            read_vendor(dirfd(os), entry->d_name, osinfo);
        }
    closedir(os);
    if (osinfo->count > before)
        read_version(folder, osinfo);
}

static int by_url(const void *a, const void *b) { return strcmp(((const OsinfoSystem *)a)->url, ((const OsinfoSystem *)b)->url); }

void osinfo_read(const StrList *folders, Osinfo *ret)
{
    *ret = (Osinfo){ 0 };
    for (size_t i = 0; i < folders->count; i++)
        read_folder(folders->items[i], ret);
    if (ret->count)
        qsort(ret->items, ret->count, sizeof *ret->items, by_url);
}

void osinfo_clear(Osinfo *osinfo)
{
    for (size_t i = 0; i < osinfo->count; i++)
        system_clear(&osinfo->items[i]);
    free(osinfo->items);
    free(osinfo->version);
    *osinfo = (Osinfo){ 0 };
}

const OsinfoSystem *osinfo_find(const Osinfo *osinfo, const char *url)
{
    const OsinfoSystem wanted = { .url = (char *)url };
    return url && osinfo->count ? bsearch(&wanted, osinfo->items, osinfo->count, sizeof *osinfo->items, by_url) : NULL;
}

uint64_t osinfo_stamp(const StrList *folders)
{
    uint64_t stamp = 0;
    for (size_t i = 0; i < folders->count; i++) {
        static const char *const names[] = { "VERSION", "os" };
        for (size_t j = 0; j < ARRAY_SIZE(names); j++) {
            struct stat status;
            AUTO_FREE char *path = x_printf("%s/%s", folders->items[i], names[j]);
            if (stat(path, &status) == 0)
                stamp = stamp * 31 + (uint64_t)status.st_mtim.tv_sec * 1000003 + (uint64_t)status.st_mtim.tv_nsec + (uint64_t)status.st_ino;
        }
    }
    return stamp;
}
