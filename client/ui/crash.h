/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * When the program crashes: the crashing process starts the program once more, which writes a report about it from outside (crash_report.h) and shows it
 * (crash_dialog.h). Nothing is ever sent anywhere.
 */
#ifndef POOLCENTER_CRASH_H
#define POOLCENTER_CRASH_H

#include <stdbool.h>
#include <windows.h>

#define CRASH_OPTION L"--report-crash"

/* From now on crashes of any thread are reported. config: the settings folder. Once, before other threads exist. */
void crash_start(const char *config);

/* What the crashed process says about itself on the command line: "PID,THREAD,ADDRESS OF EXCEPTION_POINTERS" in hexadecimal. */
typedef struct CrashedProcess {
    DWORD process, thread;
    uintptr_t exception;
} CrashedProcess;

bool crash_read(const wchar_t *words, CrashedProcess *ret);
/* Tells the crashed process that it may end. */
void crash_release(const CrashedProcess *crashed);

#endif
