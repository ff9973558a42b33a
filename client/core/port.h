/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What differs between Windows and Linux, and nothing else: threads, sockets, time, files, folders. port_win32.c is the only file of
 * client/core that includes <windows.h>. Paths are UTF-8. Functions returning int give 0 or a negative ErrorCode with err set.
 */
#ifndef POOLCENTER_PORT_H
#define POOLCENTER_PORT_H

#include "protocol/error.h"

/* Threads. Mutexes are not recursive; one that is all zero is initialized. */
typedef struct PortThread PortThread;
typedef struct PortMutex { void *handle[8]; } PortMutex; /* room for either system's own */
typedef struct PortCond { void *handle[8]; } PortCond;

PortThread *port_thread_start(const char *name, void (*run)(void *context), void *context);
void port_thread_join(PortThread *thread); /* frees it; NULL is fine */
void port_thread_detach(PortThread *thread); /* it ends when it likes; nobody joins it */
void port_mutex_init(PortMutex *mutex);
void port_mutex_clear(PortMutex *mutex);
void port_mutex_lock(PortMutex *mutex);
void port_mutex_unlock(PortMutex *mutex);
void port_cond_init(PortCond *cond);
void port_cond_clear(PortCond *cond);
void port_cond_signal(PortCond *cond);
void port_cond_broadcast(PortCond *cond);
/* False: timed out. timeout_ms < 0: no limit. */
bool port_cond_wait(PortCond *cond, PortMutex *mutex, int timeout_ms);

/* Time. */
int64_t port_now_ms(void);       /* since 1970-01-01 UTC */
int64_t port_monotonic_ms(void); /* for intervals */
int64_t port_monotonic_us(void);
void port_sleep_ms(int ms);
void port_local_time(int64_t ms_since_1970, int *year, int *month, int *day, int *hour, int *minute, int *second);

/* Regional settings of the user. False, NULL: the system has none of its own (then the program's language decides). */
typedef struct PortNumberMarks {
    char decimal[16], group[16]; /* UTF-8 */
    int groups[4];               /* digits of each group from the right; 0: no more groups */
    bool no_repeat;              /* digits left of the groups stay together; else the last group's size repeats */
} PortNumberMarks;
bool port_number_marks(PortNumberMarks *ret);
char *port_date_time_text(int64_t ms_since_1970); /* short date and time with seconds; the caller frees */

/* Sockets: non-blocking TCP. */
typedef intptr_t PortSocket;
#define PORT_NO_SOCKET ((PortSocket)-1)
enum { PORT_READ = 1, PORT_WRITE = 2, PORT_WAKE = 4 };
typedef struct PortWake PortWake; /* makes another thread's port_socket_wait return; also sticky: a wake before the wait counts */
void port_sockets_start(void);    /* once per process */
PortWake *port_wake_create(void);
void port_wake_free(PortWake *wake);
void port_wake_set(PortWake *wake);   /* any thread */
/* Waits for events (PORT_READ | PORT_WRITE) on socket (PORT_NO_SOCKET: only the wake) or for the wake (may be NULL; cleared when seen). Returns what happened, 0 on timeout. */
int port_socket_wait(PortSocket socket, int events, PortWake *wake, int timeout_ms);
/* Resolves and connects, trying all addresses; *cancel (atomic flag, may be NULL) plus wake end it early with ERR_CANCELLED. ERR_HOST_NOT_RESOLVED, ERR_CONNECT_FAILED.
 * The name look-up runs on a helper thread so that cancelling never waits for DNS. TCP_NODELAY is set. */
int port_connect(const char *host, int port, int timeout_ms, const _Atomic bool *cancel, PortWake *wake, PortSocket *ret, Error *err);
void port_socket_close(PortSocket socket);
/* From now on port_recv and port_send wait, and may be called by two threads at once; port_socket_shutdown makes them return. */
void port_socket_make_blocking(PortSocket socket);
void port_socket_shutdown(PortSocket socket);
/* Bytes moved; 0: the peer closed (recv); PORT_AGAIN: would block; PORT_FAILED: broken (port_socket_error_text). */
enum { PORT_AGAIN = -1, PORT_FAILED = -2 };
long port_recv(PortSocket socket, void *bytes, size_t size);
long port_send(PortSocket socket, const void *bytes, size_t size);
char *port_socket_error_text(void); /* of the calling thread's last failure; the caller frees */

/* Files. */
typedef struct PortFile PortFile;
int port_file_open(const char *path, PortFile **ret, Error *err);  /* for sequential reading, shared; ERR_FILE_OPEN */
int port_file_stat(PortFile *file, int64_t *ret_size, int64_t *ret_modified_ms, Error *err);
int port_file_read(PortFile *file, int64_t offset, void *bytes, size_t size, size_t *ret_read, Error *err); /* ERR_FILE_READ; 0 bytes: end */
void port_file_close(PortFile *file);
/* For the log: opens (or makes, readable by the user only) a file whose writes all go to its end; *ret_size is what it holds. ERR_FILE_OPEN, ERR_SETTINGS. */
int port_file_append_open(const char *path, PortFile **ret, int64_t *ret_size, Error *err);
int port_file_append(PortFile *file, const void *bytes, size_t size, Error *err);
/* Whole small files, at most max bytes. *ret gets a NUL after its *ret_size bytes; the caller frees. ERR_FILE_OPEN (cause "missing" tested by port_file_exists), ERR_TOO_LARGE. */
int port_read_whole(const char *path, size_t max, char **ret, size_t *ret_size, Error *err);
/* Writes a temporary file beside it, flushes it to disk, renames it over path. Readable by the user only. ERR_SETTINGS. */
int port_write_whole(const char *path, const void *bytes, size_t size, Error *err);
bool port_file_exists(const char *path);
/* The names in a folder, sorted, at most max; the caller frees each and *ret. 0: none, or no such folder. */
size_t port_folder_names(const char *folder, size_t max, char ***ret);
int port_make_folder(const char *path, Error *err); /* with parents; fine if it exists */
/* %APPDATA%\PoolCenter or $XDG_CONFIG_HOME/poolcenter; of the portable edition, which has a file poolcenter.portable beside the program: the folder Settings there. The caller frees. */
char *port_config_folder(void);
char *port_home_folder(void);
char *port_program_folder(void);      /* where the running program's file is; the caller frees */
char *port_join(const char *folder, const char *name); /* the caller frees */
const char *port_base_name(const char *path);          /* into path */
int port_rename(const char *from, const char *to, Error *err); /* replaces */
void port_remove(const char *path);

/* Others. */
char *port_user_language(void); /* BCP 47 or locale name of the user's display language; the caller frees */
char *port_user_name(void);
void port_random(void *bytes, size_t size);
void port_make_uuid(char ret[37]); /* random, lower case */

#endif
