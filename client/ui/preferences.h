/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the user chose for the whole program: language and colours. Remembered in the settings. UI thread. */
#ifndef POOLCENTER_PREFERENCES_H
#define POOLCENTER_PREFERENCES_H

#include "client/core/settings.h"
#include "client/core/text.h"
#include "client/win/theme.h"

/* From the settings, else from Windows; before the first window. language: "en", "de" or NULL, wins for this run. */
void preferences_start(const Settings *settings, const char *language);
ThemeChoice preferences_theme(void);
enum { LANGUAGE_FOLLOW_WINDOWS = -1 };
int preferences_language(void); /* a Language or LANGUAGE_FOLLOW_WINDOWS */
/* Numbers and dates: by Windows' regional settings, or as the program's language writes them. */
bool preferences_regional(void);
void preferences_set_regional(bool regional);
void preferences_formats_changed(void); /* Windows' regional settings are other ones now */
/* These change everything on the screen at once. */
void preferences_set_theme(ThemeChoice choice);
void preferences_set_language(int choice);

#endif
