/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The journal's files and the list of what is left: see journal.h. Removing what a job has made is in journal_undo.c. */
#include "agent/journal.h"
#include "agent/ident.h"
#include "agent/name_claims.h"
#include "agent/journal_entry.h"
#include "agent/log.h"
#include "agent/store_probe.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SUFFIX ".json"
#define UNFINISHED ".new"

enum {
    ENTRY_MAX = 256 << 10,
    LEFT_MAX = 4096,
    SETTLE_US = 500000,
    TRIES = 12,
    LATER_MS = 60000, /* after TRIES: what a VM or a volume waits for is never given up */
    AGAIN_MS = 10000, /* Ceph lets nobody remove an image for 30 s after the program that wrote it was killed */
};

struct Journal {
    Agent *agent;
    char *folder;
    pthread_mutex_t lock;
    JournalEntry *left; /* nobody works on these */
};

static const struct {
    const char *word;
    JournalHandler handler;
} kinds[] = {
#define JOURNAL_KIND(word, handler) { word, handler },
#include "agent/journal_kinds.def"
#undef JOURNAL_KIND
};

static JournalHandler handler_of(const char *word)
{
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
        if (str_equal(kinds[i].word, word))
            return kinds[i].handler;
    return NULL;
}

static void entry_free(JournalEntry *entry)
{
    if (!entry)
        return;
    name_claims_drop(entry);
    free(entry->path);
    free(entry->id);
    free(entry->kind);
    free(entry->driver);
    json_decref(entry->facts);
    free(entry);
}

/* ---------------------------------------------------------------- files */

static void sync_folder(const Journal *journal)
{
    int fd = open(journal->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    fsync(fd);
    close(fd);
}

static bool write_all(int fd, const char *text)
{
    size_t length = strlen(text);
    while (length) {
        ssize_t written = write(fd, text, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        text += written;
        length -= (size_t)written;
    }
    return true;
}

static bool write_new(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    bool good = write_all(fd, text) && fsync(fd) == 0;
    int why = errno;
    close(fd);
    errno = why;
    return good;
}

/* The old text or the new one is there, whenever the power fails. */
static int entry_write(const JournalEntry *entry, Error *err)
{
    AUTO_FREE char *unfinished = x_printf("%s" UNFINISHED, entry->path);
    json_t *all = json_pack("{s:s, s:s, s:I, s:O}", "kind", entry->kind, "driver", entry->driver, "began", (json_int_t)entry->began,
                            "facts", entry->facts);
    char *text = all ? json_dumps(all, JSON_INDENT(1)) : NULL;
    json_decref(all);
    bool good = text && write_new(unfinished, text) && rename(unfinished, entry->path) == 0;
    int why = errno;
    free(text);
    if (!good) {
        unlink(unfinished);
        return error_set(err, ERR_IO, entry->path, "%s", strerror(why));
    }
    sync_folder(entry->journal);
    return 0;
}

static JournalEntry *entry_read(Journal *journal, const char *name)
{
    AUTO_FREE char *path = x_printf("%s/%s", journal->folder, name);
    struct stat status;
    if (stat(path, &status) < 0 || status.st_size > ENTRY_MAX)
        return NULL;
    json_error_t why;
    json_t *all = json_load_file(path, JSON_REJECT_DUPLICATES, &why);
    const char *kind = json_string_value(json_object_get(all, "kind"));
    const char *driver = json_string_value(json_object_get(all, "driver"));
    json_t *facts = json_object_get(all, "facts");
    JournalEntry *entry = NULL;
    if (kind && driver && json_is_object(facts)) {
        entry = x_calloc(1, sizeof *entry);
        *entry = (JournalEntry){ .journal = journal, .path = x_strdup(path), .id = x_strndup(name, strlen(name) - strlen(SUFFIX)),
                                 .kind = x_strdup(kind), .driver = x_strdup(driver), .facts = json_incref(facts),
                                 .began = json_integer_value(json_object_get(all, "began")) };
    }
    json_decref(all);
    return entry;
}

static bool ends_with(const char *name, const char *end)
{
    size_t length = strlen(name);
    return length > strlen(end) && strcmp(name + length - strlen(end), end) == 0;
}

static void read_left(Journal *journal, DIR *folder)
{
    size_t count = 0;
    for (struct dirent *item; (item = readdir(folder)) && count < LEFT_MAX;) {
        if (ends_with(item->d_name, UNFINISHED))
            unlinkat(dirfd(folder), item->d_name, 0);
        if (!ends_with(item->d_name, SUFFIX))
            continue;
        JournalEntry *entry = entry_read(journal, item->d_name);
        if (!entry) {
            log_line("%s/%s cannot be understood: it is left as it is", journal->folder, item->d_name);
            continue;
        }
        journal_claim_noted(entry);
        entry->next = journal->left;
        journal->left = entry;
        count++;
    }
}

Journal *journal_create(Agent *agent)
{
    Journal *journal = x_calloc(1, sizeof *journal);
    journal->agent = agent;
    journal->folder = x_printf("%s/jobs", agent->config.state_dir);
    pthread_mutex_init(&journal->lock, NULL);
    mkdir(journal->folder, 0700);
    DIR *folder = opendir(journal->folder);
    if (folder) {
        read_left(journal, folder);
        closedir(folder);
    } else {
        log_line("%s cannot be read: %s", journal->folder, strerror(errno));
    }
    return journal;
}

void journal_free(Journal *journal)
{
    if (!journal)
        return;
    while (journal->left) {
        JournalEntry *entry = journal->left;
        journal->left = entry->next;
        entry_free(entry);
    }
    pthread_mutex_destroy(&journal->lock);
    free(journal->folder);
    free(journal);
}

/* ---------------------------------------------------------------- entries of jobs */

int journal_begin(Journal *journal, const char *kind, int owner, json_t *facts, JournalEntry **ret, Error *err)
{
    char id[LIMIT_UUID + 1];
    uuid_random(id);
    const StrList *drivers = &journal->agent->config.drivers;
    const char *driver = owner >= 0 && (size_t)owner < drivers->count ? drivers->items[owner] : "";
    JournalEntry *entry = x_calloc(1, sizeof *entry);
    *entry = (JournalEntry){ .journal = journal, .path = x_printf("%s/%s" SUFFIX, journal->folder, id), .id = x_strdup(id),
                             .kind = x_strdup(kind), .driver = x_strdup(driver), .facts = facts ? facts : json_object(),
                             .began = clock_unix_ms() };
    int code = entry_write(entry, err);
    if (code < 0)
        entry_free(entry);
    else
        *ret = entry;
    return code;
}

int journal_set(JournalEntry *entry, const char *name, json_t *value, Error *err)
{
    json_object_set_new(entry->facts, name, value);
    return entry_write(entry, err);
}

json_t *journal_facts(const JournalEntry *entry) { return entry->facts; }
const char *journal_id(const JournalEntry *entry) { return entry->id; }

void journal_end(JournalEntry *entry)
{
    if (!entry)
        return;
    if (unlink(entry->path) < 0 && errno != ENOENT)
        log_line("%s cannot be removed: %s", entry->path, strerror(errno));
    sync_folder(entry->journal);
    entry_free(entry);
}

/* Its VMs do not start and its volumes are locked until it is put in order. */
static bool is_move(const JournalEntry *entry)
{
    static const char *const moves[] = { "volume.rename", "volume.move", "volume.move_live" };
    for (size_t i = 0; i < ARRAY_SIZE(moves); i++)
        if (str_equal(entry->kind, moves[i]))
            return true;
    return false;
}

/* again: ms of clock_ms, as in the entry. */
static void put_back(JournalEntry *entry, int64_t again)
{
    Journal *journal = entry->journal;
    entry->again = again;
    pthread_mutex_lock(&journal->lock);
    entry->next = journal->left;
    journal->left = entry;
    pthread_mutex_unlock(&journal->lock);
}

static void leave(JournalEntry *entry, bool again)
{
    bool soon = again && ++entry->tries < TRIES;
    put_back(entry, soon ? clock_ms() + AGAIN_MS : again && is_move(entry) ? clock_ms() + LATER_MS : 0);
}

/* Of the others, those that make tasks would fill the list of tasks. */
void journal_leave(JournalEntry *entry)
{
    leave(entry, is_move(entry) || str_equal(entry->kind, JOURNAL_MAKE));
}

/* ---------------------------------------------------------------- after a crash */

/* Entries of that driver, taken out of the list: all, or those whose time has come by then (ms of clock_ms). */
static JournalEntry *take_left(Journal *journal, const char *driver, bool all, int64_t now)
{
    JournalEntry *taken = NULL;
    pthread_mutex_lock(&journal->lock);
    for (JournalEntry **at = &journal->left; *at;) {
        JournalEntry *entry = *at;
        if (!str_equal(entry->driver, driver) || (!all && (!entry->again || entry->again > now))) {
            at = &entry->next;
            continue;
        }
        *at = entry->next;
        entry->next = taken;
        taken = entry;
    }
    pthread_mutex_unlock(&journal->lock);
    return taken;
}

/* Whether all files that facts name are where somebody answers: else whoever touches one waits for good, and this is the driver's thread. */
static bool reachable(StoreProbes *probes, json_t *facts)
{
    const char *text = json_string_value(facts);
    const char *key;
    json_t *value;
    size_t i;
    if (text)
        return *text != '/' || store_probe_reaches(probes, text);
    json_array_foreach (facts, i, value)
        if (!reachable(probes, value))
            return false;
    json_object_foreach (facts, key, value)
        if (!reachable(probes, value))
            return false;
    return true;
}

static void recover(JournalEntry *entry, int owner, virConnectPtr conn)
{
    if (!reachable(entry->journal->agent->store_probes, entry->facts)) {
        log_line("what was interrupted (%s, %s) waits for a file server that does not answer", entry->kind, entry->id);
        put_back(entry, clock_ms() + LATER_MS);
        return;
    }
    AUTO(error_clear) Error err = { 0 };
    AUTO_FREE char *kind = x_strdup(entry->kind); /* a task that has taken the entry may have freed it by the time of the log line */
    AUTO_FREE char *id = x_strdup(entry->id);
    JournalHandler handler = handler_of(kind);
    int code = handler ? handler(entry, entry->journal->agent, owner, conn, &err)
                       : error_set(&err, ERR_NOT_SUPPORTED, kind, "another version of the agent has begun it");
    if (code < 0) {
        log_line("what was interrupted (%s, %s) could not be put in order: %s", kind, id, err.message);
        leave(entry, true);
        return;
    }
    log_line("what was interrupted (%s, %s) %s", kind, id, code == JOURNAL_DONE ? "was put in order" : "goes on");
    if (code == JOURNAL_DONE)
        journal_end(entry);
}

static void recover_all(JournalEntry *entry, int owner, virConnectPtr conn)
{
    while (entry) {
        JournalEntry *next = entry->next;
        recover(entry, owner, conn);
        entry = next;
    }
}

void journal_recover(Journal *journal, int owner, virConnectPtr conn)
{
    JournalEntry *entry = take_left(journal, journal->agent->config.drivers.items[owner], true, 0);
    if (entry)
        usleep(SETTLE_US); /* what the killed agent asked libvirt for last may not be done yet there */
    recover_all(entry, owner, conn);
}

bool journal_recover_again(Journal *journal, int owner, virConnectPtr conn)
{
    const char *driver = journal->agent->config.drivers.items[owner];
    bool waiting = false;
    recover_all(take_left(journal, driver, false, clock_ms()), owner, conn);
    pthread_mutex_lock(&journal->lock);
    for (const JournalEntry *entry = journal->left; entry && !waiting; entry = entry->next)
        waiting = entry->again && str_equal(entry->driver, driver);
    pthread_mutex_unlock(&journal->lock);
    return waiting;
}
