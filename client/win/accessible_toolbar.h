/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Describes a toolbar of the system to screen readers, with the names its owner gives in TBN_GETINFOTIPW. UI thread. */
#ifndef POOLCENTER_ACCESSIBLE_TOOLBAR_H
#define POOLCENTER_ACCESSIBLE_TOOLBAR_H

#include <windows.h>

void accessible_toolbar(HWND toolbar);

#endif
