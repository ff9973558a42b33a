/* SPDX-License-Identifier: GPL-3.0-or-later */
/* port.h for Linux: see there. */
#define _GNU_SOURCE
#include "client/core/port_private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* ---- threads */

struct PortThread {
    pthread_t thread;
};

typedef struct Start {
    void (*run)(void *context);
    void *context;
} Start;

_Static_assert(sizeof(pthread_mutex_t) <= sizeof(PortMutex), "PortMutex is too small");
_Static_assert(sizeof(pthread_cond_t) <= sizeof(PortCond), "PortCond is too small");

static pthread_mutex_t *mutex_of(PortMutex *mutex) { return (void *)mutex->handle; }
static pthread_cond_t *cond_of(PortCond *cond) { return (void *)cond->handle; }

static void *run_thread(void *pointer)
{
    Start start = *(Start *)pointer;
    free(pointer);
    start.run(start.context);
    return NULL;
}

PortThread *port_thread_start(const char *name, void (*run)(void *context), void *context)
{
    PortThread *thread = x_calloc(1, sizeof *thread);
    Start *start = x_calloc(1, sizeof *start);
    *start = (Start){ run, context };
    if (pthread_create(&thread->thread, NULL, run_thread, start) != 0)
        abort();
    char short_name[16];
    snprintf(short_name, sizeof short_name, "%s", name);
    pthread_setname_np(thread->thread, short_name);
    return thread;
}

void port_thread_join(PortThread *thread)
{
    if (thread)
        pthread_join(thread->thread, NULL);
    free(thread);
}

void port_thread_detach(PortThread *thread)
{
    pthread_detach(thread->thread);
    free(thread);
}

void port_mutex_init(PortMutex *mutex) { pthread_mutex_init(mutex_of(mutex), NULL); }
void port_mutex_clear(PortMutex *mutex) { pthread_mutex_destroy(mutex_of(mutex)); }
void port_mutex_lock(PortMutex *mutex) { pthread_mutex_lock(mutex_of(mutex)); }
void port_mutex_unlock(PortMutex *mutex) { pthread_mutex_unlock(mutex_of(mutex)); }
void port_cond_clear(PortCond *cond) { pthread_cond_destroy(cond_of(cond)); }
void port_cond_signal(PortCond *cond) { pthread_cond_signal(cond_of(cond)); }
void port_cond_broadcast(PortCond *cond) { pthread_cond_broadcast(cond_of(cond)); }

void port_cond_init(PortCond *cond)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(cond_of(cond), &attributes);
    pthread_condattr_destroy(&attributes);
}

bool port_cond_wait(PortCond *cond, PortMutex *mutex, int timeout_ms)
{
    if (timeout_ms < 0)
        return pthread_cond_wait(cond_of(cond), mutex_of(mutex)) == 0;
    struct timespec end;
    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += timeout_ms / 1000;
    end.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
    if (end.tv_nsec >= 1000000000) {
        end.tv_sec++;
        end.tv_nsec -= 1000000000;
    }
    return pthread_cond_timedwait(cond_of(cond), mutex_of(mutex), &end) == 0;
}

/* ---- time */

static int64_t clock_us(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t port_now_ms(void) { return clock_us(CLOCK_REALTIME) / 1000; }
int64_t port_monotonic_ms(void) { return clock_us(CLOCK_MONOTONIC) / 1000; }
int64_t port_monotonic_us(void) { return clock_us(CLOCK_MONOTONIC); }

void port_sleep_ms(int ms)
{
    struct timespec rest = { ms / 1000, (long)(ms % 1000) * 1000000 };
    while (nanosleep(&rest, &rest) < 0 && errno == EINTR)
        continue;
}

void port_local_time(int64_t ms_since_1970, int *year, int *month, int *day, int *hour, int *minute, int *second)
{
    time_t seconds = (time_t)(ms_since_1970 / 1000);
    struct tm local = { 0 };
    localtime_r(&seconds, &local);
    *year = local.tm_year + 1900;
    *month = local.tm_mon + 1;
    *day = local.tm_mday;
    *hour = local.tm_hour;
    *minute = local.tm_min;
    *second = local.tm_sec;
}

bool port_number_marks(PortNumberMarks *ret)
{
    (void)ret;
    return false;
}

char *port_date_time_text(int64_t ms_since_1970)
{
    (void)ms_since_1970;
    return NULL;
}

/* ---- sockets */

struct PortWake {
    int fd;
};

static __thread int last_socket_error;

void port_sockets_start(void) {}

PortWake *port_wake_create(void)
{
    PortWake *wake = x_calloc(1, sizeof *wake);
    wake->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (wake->fd < 0)
        abort();
    return wake;
}

void port_wake_free(PortWake *wake)
{
    if (wake)
        close(wake->fd);
    free(wake);
}

void port_wake_set(PortWake *wake)
{
    eventfd_write(wake->fd, 1);
}

static short poll_events(int events) { return (short)(((events & PORT_READ) ? POLLIN : 0) | ((events & PORT_WRITE) ? POLLOUT : 0)); }

int port_socket_wait(PortSocket socket, int events, PortWake *wake, int timeout_ms)
{
    struct pollfd fds[2] = { { .fd = (int)socket, .events = poll_events(events) }, { .fd = wake ? wake->fd : -1, .events = POLLIN } };
    if (poll(fds, 2, timeout_ms < 0 ? -1 : timeout_ms) <= 0)
        return 0;
    int happened = 0;
    if (fds[1].revents) {
        eventfd_t count;
        eventfd_read(wake->fd, &count);
        happened |= PORT_WAKE;
    }
    if (fds[0].revents & (POLLIN | POLLHUP | POLLERR))
        happened |= events & PORT_READ;
    if (fds[0].revents & (POLLOUT | POLLHUP | POLLERR))
        happened |= events & PORT_WRITE;
    return happened;
}

size_t port_resolve(const char *host, int port, bool numeric, PortAddress ret[PORT_ADDRESSES_MAX], char **ret_why)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = numeric ? AI_NUMERICHOST : AI_ADDRCONFIG };
    struct addrinfo *found = NULL;
    char service[16];
    snprintf(service, sizeof service, "%d", port);
    int failure = getaddrinfo(host, service, &hints, &found);
    if (failure && ret_why)
        *ret_why = x_strdup(failure == EAI_SYSTEM ? strerror(errno) : gai_strerror(failure));
    size_t count = 0;
    for (struct addrinfo *a = failure ? NULL : found; a && count < PORT_ADDRESSES_MAX; a = a->ai_next)
        if (a->ai_addrlen <= sizeof ret->bytes) {
            memcpy(ret[count].bytes, a->ai_addr, a->ai_addrlen);
            ret[count++].size = (int)a->ai_addrlen;
        }
    if (!failure)
        freeaddrinfo(found);
    return count;
}

PortSocket port_connect_begin(const PortAddress *address, char **ret_why)
{
    struct sockaddr_storage name = { 0 };
    memcpy(&name, address->bytes, (size_t)address->size);
    int fd = socket(name.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int one = 1;
    if (fd >= 0)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (fd >= 0 && (connect(fd, (struct sockaddr *)&name, (socklen_t)address->size) == 0 || errno == EINPROGRESS))
        return fd;
    *ret_why = x_strdup(strerror(errno));
    if (fd >= 0)
        close(fd);
    return PORT_NO_SOCKET;
}

char *port_connect_failure(PortSocket socket)
{
    int failure = 0;
    socklen_t size = sizeof failure;
    getsockopt((int)socket, SOL_SOCKET, SO_ERROR, &failure, &size);
    return failure ? x_strdup(strerror(failure)) : NULL;
}

void port_socket_close(PortSocket socket)
{
    if (socket != PORT_NO_SOCKET)
        close((int)socket);
}

void port_socket_make_blocking(PortSocket socket)
{
    fcntl((int)socket, F_SETFL, fcntl((int)socket, F_GETFL) & ~O_NONBLOCK);
}

void port_socket_shutdown(PortSocket socket) { shutdown((int)socket, SHUT_RDWR); }

static long moved(ssize_t count)
{
    if (count >= 0)
        return count;
    last_socket_error = errno;
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? PORT_AGAIN : PORT_FAILED;
}

long port_recv(PortSocket socket, void *bytes, size_t size) { return moved(recv((int)socket, bytes, size, 0)); }
long port_send(PortSocket socket, const void *bytes, size_t size) { return moved(send((int)socket, bytes, size, MSG_NOSIGNAL)); }
char *port_socket_error_text(void) { return x_strdup(strerror(last_socket_error)); }

/* ---- files */

struct PortFile {
    int fd;
    char *path;
};

static PortFile *file_of(int fd, const char *path)
{
    PortFile *file = x_calloc(1, sizeof *file);
    *file = (PortFile){ fd, x_strdup(path) };
    return file;
}

int port_file_open(const char *path, PortFile **ret, Error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return error_set(err, ERR_FILE_OPEN, path, "%s", strerror(errno));
    struct stat info;
    if (fstat(fd, &info) < 0 || !S_ISREG(info.st_mode)) {
        close(fd);
        return error_set(err, ERR_FILE_OPEN, path, "it is not a file");
    }
    posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    *ret = file_of(fd, path);
    return 0;
}

int port_file_stat(PortFile *file, int64_t *ret_size, int64_t *ret_modified_ms, Error *err)
{
    struct stat info;
    if (fstat(file->fd, &info) < 0)
        return error_set(err, ERR_FILE_READ, file->path, "%s", strerror(errno));
    if (ret_size)
        *ret_size = info.st_size;
    if (ret_modified_ms)
        *ret_modified_ms = (int64_t)info.st_mtim.tv_sec * 1000 + info.st_mtim.tv_nsec / 1000000;
    return 0;
}

int port_file_read(PortFile *file, int64_t offset, void *bytes, size_t size, size_t *ret_read, Error *err)
{
    ssize_t count = pread(file->fd, bytes, size, (off_t)offset);
    if (count < 0)
        return error_set(err, ERR_FILE_READ, file->path, "%s", strerror(errno));
    *ret_read = (size_t)count;
    return 0;
}

void port_file_close(PortFile *file)
{
    if (!file)
        return;
    close(file->fd);
    free(file->path);
    free(file);
}

int port_file_append_open(const char *path, PortFile **ret, int64_t *ret_size, Error *err)
{
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    struct stat info = { 0 };
    if (fd < 0 || fstat(fd, &info) < 0) {
        int failure = errno;
        if (fd >= 0)
            close(fd);
        return error_set(err, ERR_FILE_OPEN, path, "%s", strerror(failure));
    }
    *ret_size = info.st_size;
    *ret = file_of(fd, path);
    return 0;
}

static bool write_all(int fd, const char *bytes, size_t size)
{
    while (size) {
        ssize_t count = write(fd, bytes, size);
        if (count < 0 && errno != EINTR)
            return false;
        if (count > 0) {
            bytes += count;
            size -= (size_t)count;
        }
    }
    return true;
}

int port_file_append(PortFile *file, const void *bytes, size_t size, Error *err)
{
    if (write_all(file->fd, bytes, size))
        return 0;
    return error_set(err, ERR_SETTINGS, file->path, "%s", strerror(errno));
}

/* Makes a rename in path's folder last over a power cut. */
static void flush_folder(const char *path)
{
    AUTO_FREE char *folder = x_strndup(path, (size_t)(port_base_name(path) - path));
    int fd = open(*folder ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    fsync(fd);
    close(fd);
}

int port_write_whole(const char *path, const void *bytes, size_t size, Error *err)
{
    AUTO_FREE char *temporary = x_printf("%s.new", path);
    int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return error_set(err, ERR_SETTINGS, path, "%s", strerror(errno));
    bool written = write_all(fd, bytes, size) && fsync(fd) == 0;
    int failure = errno;
    close(fd);
    if (written && rename(temporary, path) == 0) {
        flush_folder(path);
        return 0;
    }
    failure = written ? errno : failure;
    unlink(temporary);
    return error_set(err, ERR_SETTINGS, path, "%s", strerror(failure));
}

bool port_file_exists(const char *path) { return access(path, F_OK) == 0; }

static int compare_names(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

size_t port_folder_names(const char *folder, size_t max, char ***ret)
{
    DIR *open = opendir(folder);
    size_t count = 0;
    *ret = NULL;
    for (const struct dirent *entry = open ? readdir(open) : NULL; entry && count < max; entry = readdir(open)) {
        *ret = x_realloc(*ret, count + 1, sizeof **ret);
        (*ret)[count++] = x_strdup(entry->d_name);
    }
    if (open)
        closedir(open);
    if (count)
        qsort(*ret, count, sizeof **ret, compare_names);
    return count;
}

int port_make_folder(const char *path, Error *err)
{
    AUTO_FREE char *part = x_strdup(path);
    for (char *p = part + 1; *p; p++) {
        if (*p != '/')
            continue;
        *p = 0;
        mkdir(part, 0700);
        *p = '/';
    }
    struct stat info;
    if (mkdir(part, 0700) == 0 || (stat(part, &info) == 0 && S_ISDIR(info.st_mode)))
        return 0;
    return error_set(err, ERR_SETTINGS, path, "%s", strerror(errno));
}

char *port_home_folder(void)
{
    const char *home = getenv("HOME");
    if (!str_empty(home))
        return x_strdup(home);
    const struct passwd *user = getpwuid(getuid());
    return x_strdup(user ? user->pw_dir : "/");
}

char *port_program_folder(void)
{
    char path[4096];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    path[length > 0 ? length : 0] = 0;
    char *slash = strrchr(path, '/');
    return slash ? x_strndup(path, (size_t)(slash - path)) : x_strdup(".");
}

char *port_config_folder(void)
{
    const char *base = getenv("XDG_CONFIG_HOME");
    if (!str_empty(base) && *base == '/')
        return port_join(base, "poolcenter");
    AUTO_FREE char *home = port_home_folder();
    return port_join(home, ".config/poolcenter");
}

int port_rename(const char *from, const char *to, Error *err)
{
    return rename(from, to) == 0 ? 0 : error_set(err, ERR_SETTINGS, to, "%s", strerror(errno));
}

void port_remove(const char *path) { unlink(path); }

/* ---- others */

char *port_user_language(void)
{
    static const char *const names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (!str_empty(getenv(names[i])))
            return x_strdup(getenv(names[i]));
    return x_strdup("en");
}

char *port_user_name(void)
{
    const struct passwd *user = getpwuid(getuid());
    return x_strdup(user ? user->pw_name : "");
}

void port_random(void *bytes, size_t size)
{
    for (size_t done = 0; done < size;) {
        ssize_t count = getrandom((char *)bytes + done, size - done, 0);
        if (count < 0 && errno != EINTR)
            abort();
        done += count > 0 ? (size_t)count : 0;
    }
}
