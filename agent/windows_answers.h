/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The answer file of Windows Setup, autounattend.xml. Plain functions, any thread. */
#ifndef POOLCENTER_AGENT_WINDOWS_ANSWERS_H
#define POOLCENTER_AGENT_WINDOWS_ANSWERS_H

#include "protocol/types.h"

typedef struct WindowsTarget {
    const char *vm;    /* for errors */
    const char *guest; /* kind of the VM; may be NULL */
    bool uefi;         /* decides how the disk is divided */
    bool drivers;      /* the disc with virtio drivers is there */
} WindowsTarget;

/* ERR_VM_SETTING says what is wrong. The caller frees with x_free_secret. */
int windows_answers(const WindowsAnswers *want, const WindowsTarget *target, char **ret, Error *err);

#endif
