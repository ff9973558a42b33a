/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes what is known about a crashed process into a folder of its own: <settings>/crashes/<time>/. Runs in another process. UI thread. */
#ifndef POOLCENTER_CRASH_REPORT_H
#define POOLCENTER_CRASH_REPORT_H

#include "client/ui/crash.h"

#include "protocol/types.h"

#define CRASH_REPORT_TEXT "report.txt" /* for people: what, where, which version */
#define CRASH_REPORT_DUMP "poolcenter.dmp"
#define CRASH_REPORT_LOG "poolcenter.log" /* its newest lines */

/* The new folder in UTF-8, the caller frees; NULL: nothing could be written. Lets the crashed process go. Keeps the newest few reports only. */
char *crash_report_write(const CrashedProcess *crashed, const char *config);
/* The bundle as a .zip. */
int crash_report_zip(const char *folder, const char *path, Error *err);
void crash_report_delete(const char *folder);

#endif
