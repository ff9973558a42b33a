/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shows a crash report to the user, who alone decides what becomes of it. Modal, in a process of its own without a core. UI thread. */
#ifndef POOLCENTER_CRASH_DIALOG_H
#define POOLCENTER_CRASH_DIALOG_H

/* folder: crash_report_write; NULL: no report could be written, which is said. config: of the program to start again. */
void crash_dialog(const char *folder, const char *config);

#endif
