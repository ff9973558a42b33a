/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Guest systems: see guest_kinds.h. */
#include "agent/guest_kinds.h"
#include "agent/osinfo.h"

#include <fnmatch.h>
#include <pthread.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { DEPTH_MAX = 64 };

typedef enum FirstStart { BY_HAND, CLOUD, ANSWERS } FirstStart;

typedef struct OwnKind {
    const char *id, *name, *family;
    int64_t vcpus, memory, disk;
    DiskBus bus;
    NicModel nic;
    Firmware firmware;
    bool tpm;
    FirstStart first_start;
    const char *label;
} OwnKind;

#define MODERN DISK_BUS_VIRTIO, NIC_MODEL_VIRTIO
#define PLAIN DISK_BUS_SATA, NIC_MODEL_E1000E
#define OLD DISK_BUS_SATA, NIC_MODEL_E1000
#define VERY_OLD DISK_BUS_SATA, NIC_MODEL_RTL8139
static const OwnKind own_kinds[] = {
#define GUEST_KIND(id, name, family, vcpus, mib, gib, devices, firmware, tpm, first_start, label) \
    { id, name, family, vcpus, (int64_t)(mib) << 20, (int64_t)(gib) << 30, devices, firmware, tpm, first_start, label },
#include "protocol/guest_kinds.def"
#undef GUEST_KIND
};

struct GuestKinds {
    const StrList *folders;
    pthread_mutex_t lock; /* of what follows */
    bool read;
    uint64_t stamp;       /* of the folders when they were read */
    Osinfo osinfo;
    GuestKindInfoList list;
};

static const OwnKind *own_kind(const char *id)
{
    for (size_t i = 0; i < ARRAY_SIZE(own_kinds); i++)
        if (str_equal(own_kinds[i].id, id))
            return &own_kinds[i];
    return NULL;
}

/* ---------------------------------------------------------------- what a system of the database has from its parents */

typedef struct Gathered {
    bool devices[OSINFO_DEVICES];
    bool cloud_init;
    OsinfoResources minimum, recommended;
} Gathered;

static void fill(OsinfoResources *to, const OsinfoResources *from)
{
    to->vcpus = to->vcpus ? to->vcpus : from->vcpus;
    to->memory = to->memory ? to->memory : from->memory;
    to->disk = to->disk ? to->disk : from->disk;
}

/* Drivers are never lost from version to version; images of one maker say nothing of another's; resources are told anew by most. */
static void gather(const Osinfo *osinfo, const OsinfoSystem *system, const char *distro, bool resources, int depth, Gathered *ret)
{
    if (!system || depth > DEPTH_MAX)
        return;
    for (size_t i = 0; i < OSINFO_DEVICES; i++)
        ret->devices[i] |= system->devices[i];
    ret->cloud_init |= system->cloud_init && str_equal(system->distro, distro);
    if (resources) {
        fill(&ret->minimum, &system->minimum);
        fill(&ret->recommended, &system->recommended);
        bool told = system->minimum.memory || system->recommended.memory;
        resources = system->inherits || !told;
    }
    /* The first parent only: a tree whose branches meet again would take for ever, and they say the same. */
    gather(osinfo, osinfo_find(osinfo, system->parents[0]), distro, resources, depth + 1, ret);
}

/* ---------------------------------------------------------------- one kind */

static const char *family_of(const char *word)
{
    static const struct { const char *word, *family; } known[] = {
        { "linux", "Linux" },   { "winnt", "Windows" },      { "win9x", "Windows" },  { "win16", "Windows" }, { "freebsd", "BSD" }, { "netbsd", "BSD" },
        { "openbsd", "BSD" },   { "dragonflybsd", "BSD" },   { "solaris", "Unix" },   { "darwin", "Unix" },   { "hurd", "Unix" },   { "msdos", "DOS" },
    };
    for (size_t i = 0; i < ARRAY_SIZE(known); i++)
        if (str_equal(known[i].word, word))
            return known[i].family;
    return "Other";
}

/* 1 January of that year, in ms. */
static int64_t year(int number) { return (int64_t)(number - 1970) * 365 * 86400000 + (int64_t)((number - 1969) / 4) * 86400000; }

static bool older_than(const OsinfoSystem *system, int number) { return system->released && system->released < year(number); }

/* Windows knows SATA since Vista; what is older starts from IDE only. */
static DiskBus bus_of(const OsinfoSystem *system, const Gathered *gathered, const OwnKind *own)
{
    bool windows = str_equal(family_of(system->family), "Windows");
    if (gathered->devices[OSINFO_VIRTIO_DISK] && !windows)
        return DISK_BUS_VIRTIO;
    return own ? own->bus : windows && older_than(system, 2006) ? DISK_BUS_IDE : DISK_BUS_SATA;
}

static NicModel nic_of(const OsinfoSystem *system, const Gathered *gathered, const OwnKind *own)
{
    if (gathered->devices[OSINFO_VIRTIO_NET] && !str_equal(family_of(system->family), "Windows"))
        return NIC_MODEL_VIRTIO;
    if (own)
        return own->nic;
    if (gathered->devices[OSINFO_E1000E] || (system->released && !older_than(system, 2012)))
        return NIC_MODEL_E1000E;
    return gathered->devices[OSINFO_E1000] || !older_than(system, 2003) ? NIC_MODEL_E1000 : NIC_MODEL_RTL8139;
}

static int64_t first_of(int64_t a, int64_t b, int64_t c, int64_t d) { return a ? a : b ? b : c ? c : d; }

static void set_resources(GuestKindInfo *kind, const Gathered *gathered, const OwnKind *own)
{
    const OsinfoResources *minimum = &gathered->minimum;
    const OsinfoResources *good = &gathered->recommended;
    bool small = str_equal(kind->family, "DOS");
    kind->vcpus = first_of(good->vcpus, own ? own->vcpus : 0, minimum->vcpus, small ? 1 : 2);
    kind->memory = first_of(good->memory, own ? own->memory : 0, minimum->memory * 2, INT64_C(1) << (small ? 26 : 31));
    kind->disk = first_of(good->disk, own ? own->disk : 0, minimum->disk, INT64_C(1) << (small ? 30 : 34));
    kind->min_memory = minimum->memory;
    kind->min_disk = minimum->disk;
    kind->memory = (kind->memory + (1 << 20) - 1) >> 20 << 20; /* VMs have whole MiB */
}

static void add_from_osinfo(GuestKindInfoList *list, const Osinfo *osinfo, const OsinfoSystem *system)
{
    Gathered gathered = { 0 };
    gather(osinfo, system, system->distro, true, 0, &gathered);
    const OwnKind *own = own_kind(system->id);
    bool windows = str_equal(system->family, "winnt");
    GuestKindInfo kind = {
        .id = x_strdup(system->id),
        .name = x_strdup(system->name),
        .family = x_strdup(family_of(system->family)),
        .vendor = x_strdup(system->vendor),
        .version = x_strdup(system->version),
        .released = system->released,
        .ends = system->ends,
        .bus = bus_of(system, &gathered, own),
        .nic = nic_of(system, &gathered, own),
        .firmware = system->without_bios ? FIRMWARE_UEFI : own ? own->firmware : FIRMWARE_BIOS,
        .tpm = own ? own->tpm : windows && system->without_bios,
        .cloud_init = gathered.cloud_init || (own && own->first_start == CLOUD),
        .answer_file = windows && !older_than(system, 2006),
    };
    kind.virtio = kind.bus == DISK_BUS_VIRTIO;
    set_resources(&kind, &gathered, own);
    GuestKindInfoList_add(list, &kind);
}

static void add_own(GuestKindInfoList *list, const OwnKind *own)
{
    GuestKindInfo kind = {
        .id = x_strdup(own->id), .name = x_strdup(own->name), .family = x_strdup(own->family), .vcpus = own->vcpus, .memory = own->memory, .disk = own->disk,
        .bus = own->bus, .nic = own->nic, .firmware = own->firmware, .tpm = own->tpm, .virtio = own->bus == DISK_BUS_VIRTIO,
        .cloud_init = own->first_start == CLOUD, .answer_file = own->first_start == ANSWERS,
    };
    GuestKindInfoList_add(list, &kind);
}

/* ---------------------------------------------------------------- the list */

static const GuestKindInfo *find(const GuestKinds *kinds, const char *id)
{
    for (size_t i = 0; i < kinds->list.count; i++)
        if (str_equal(kinds->list.items[i].id, id))
            return &kinds->list.items[i];
    return NULL;
}

static int family_rank(const char *family)
{
    static const char *const order[] = { "Linux", "Windows", "BSD", "Unix", "DOS" };
    for (int i = 0; i < (int)ARRAY_SIZE(order); i++)
        if (str_equal(order[i], family))
            return i;
    return (int)ARRAY_SIZE(order);
}

/* Our own table's kinds have neither vendor nor date: what only it knows is newer than the database. */
static int64_t age_rank(const GuestKindInfo *kind) { return kind->released ? kind->released : kind->vendor ? 0 : INT64_MAX; }

static int compare(const void *a, const void *b)
{
    const GuestKindInfo *one = a, *other = b;
    int by_family = family_rank(one->family) - family_rank(other->family);
    if (by_family)
        return by_family;
    if (age_rank(one) != age_rank(other))
        return age_rank(one) > age_rank(other) ? -1 : 1;
    return strcmp(one->id, other->id);
}

static void forget(GuestKinds *kinds)
{
    GuestKindInfoList_clear(&kinds->list);
    osinfo_clear(&kinds->osinfo);
}

/* With the lock held. */
static void refresh(GuestKinds *kinds)
{
    uint64_t stamp = osinfo_stamp(kinds->folders);
    if (kinds->read && stamp == kinds->stamp)
        return;
    forget(kinds);
    osinfo_read(kinds->folders, &kinds->osinfo);
    for (size_t i = 0; i < kinds->osinfo.count; i++)
        add_from_osinfo(&kinds->list, &kinds->osinfo, &kinds->osinfo.items[i]);
    for (size_t i = 0; i < ARRAY_SIZE(own_kinds); i++)
        if (!find(kinds, own_kinds[i].id))
            add_own(&kinds->list, &own_kinds[i]);
    qsort(kinds->list.items, kinds->list.count, sizeof *kinds->list.items, compare);
    kinds->stamp = stamp;
    kinds->read = true;
}

GuestKinds *guest_kinds_create(const StrList *folders)
{
    GuestKinds *kinds = x_calloc(1, sizeof *kinds);
    kinds->folders = folders;
    pthread_mutex_init(&kinds->lock, NULL);
    return kinds;
}

void guest_kinds_free(GuestKinds *kinds)
{
    if (!kinds)
        return;
    forget(kinds);
    pthread_mutex_destroy(&kinds->lock);
    free(kinds);
}

static bool has_words(const GuestKindInfo *kind, const char *search)
{
    if (str_empty(search))
        return true;
    AUTO_FREE char *all = x_printf("%s %s %s %s", kind->id, kind->name, str_or_empty(kind->vendor), kind->family);
    AUTO_FREE char *words = x_strdup(search);
    char *rest = words;
    for (char *word = strtok_r(words, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
        if (!strcasestr(all, word))
            return false;
    return true;
}

void guest_kinds_list(GuestKinds *kinds, const char *search, int64_t skip, GuestKindTable *ret)
{
    pthread_mutex_lock(&kinds->lock);
    refresh(kinds);
    ret->source = x_strdup(kinds->osinfo.version);
    for (size_t i = 0; i < kinds->list.count; i++) {
        GuestKindInfo copy;
        if (!has_words(&kinds->list.items[i], search) || ret->total++ < skip || ret->kinds.count >= LIMIT_GUEST_KINDS)
            continue;
        GuestKindInfo_copy(&kinds->list.items[i], &copy);
        GuestKindInfoList_add(&ret->kinds, &copy);
    }
    pthread_mutex_unlock(&kinds->lock);
}

bool guest_kinds_find(GuestKinds *kinds, const char *id, GuestKindInfo *ret)
{
    pthread_mutex_lock(&kinds->lock);
    refresh(kinds);
    const GuestKindInfo *kind = find(kinds, id);
    if (kind)
        GuestKindInfo_copy(kind, ret);
    pthread_mutex_unlock(&kinds->lock);
    return kind != NULL;
}

/* ---------------------------------------------------------------- detection */

/* The database is written for PCRE and uses \d and \D of it besides what POSIX has. */
static char *posix_pattern(const char *pattern)
{
    char *out = x_calloc(strlen(pattern) * 3 + 1, 1);
    char *to = out;
    for (const char *at = pattern; *at; at++) {
        if (at[0] == '\\' && (at[1] == 'd' || at[1] == 'D')) {
            to = stpcpy(to, at[1] == 'd' ? "[0-9]" : "[^0-9]");
            at++;
        } else {
            *to++ = *at;
            if (at[0] == '\\' && at[1])
                *to++ = *++at;
        }
    }
    return out;
}

static bool matches(const char *pattern, const char *text)
{
    regex_t regex;
    AUTO_FREE char *posix = posix_pattern(pattern);
    if (regcomp(&regex, posix, REG_EXTENDED | REG_NOSUB) != 0)
        return false;
    bool found = regexec(&regex, text, 0, NULL, 0) == 0;
    regfree(&regex);
    return found;
}

/* How much of the descriptor the medium names: 0, it is another one. */
static int score(const OsinfoMedia *media, const GuestLabel *label)
{
    const struct { const char *pattern, *text; } each[] = {
        { media->volume, label->volume }, { media->system, label->system }, { media->publisher, label->publisher }, { media->application, label->application },
    };
    int count = 0;
    if (media->size && media->size != label->size)
        return 0;
    for (size_t i = 0; i < ARRAY_SIZE(each); i++) {
        if (!str_empty(each[i].pattern) && !matches(each[i].pattern, each[i].text))
            return 0;
        count += !str_empty(each[i].pattern);
    }
    return count + (media->size != 0);
}

typedef struct Best {
    const OsinfoSystem *system;
    const OsinfoMedia *media;
    int score;
} Best;

/* Several Windows have the same label; the newest is what people have at hand. */
static bool better(const Best *best, const OsinfoSystem *system, int points)
{
    if (points != best->score)
        return points > best->score;
    return best->system && system->released > best->system->released;
}

static Best best_media(const Osinfo *osinfo, const GuestLabel *label)
{
    Best best = { 0 };
    for (size_t i = 0; i < osinfo->count; i++)
        for (size_t j = 0; j < osinfo->items[i].media_count; j++) {
            int points = score(&osinfo->items[i].media[j], label);
            if (points && better(&best, &osinfo->items[i], points))
                best = (Best){ &osinfo->items[i], &osinfo->items[i].media[j], points };
        }
    return best;
}

static void detect_own(const GuestLabel *label, GuestDetection *ret)
{
    for (size_t i = 0; i < ARRAY_SIZE(own_kinds); i++)
        if (*own_kinds[i].label && fnmatch(own_kinds[i].label, label->volume, 0) == 0) {
            ret->guest = x_strdup(own_kinds[i].id);
            ret->name = x_strdup(own_kinds[i].name);
            return;
        }
}

void guest_kinds_detect(GuestKinds *kinds, const GuestLabel *label, GuestDetection *ret)
{
    pthread_mutex_lock(&kinds->lock);
    refresh(kinds);
    Best best = best_media(&kinds->osinfo, label);
    if (best.system) {
        ret->guest = x_strdup(best.system->id);
        ret->name = x_strdup(best.system->name);
        ret->arch = str_equal(best.media->arch, "all") ? NULL : x_strdup(best.media->arch);
    }
    pthread_mutex_unlock(&kinds->lock);
    if (!ret->guest)
        detect_own(label, ret);
}
