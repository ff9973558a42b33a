/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Language and colours; see preferences.h. UI thread. */
#include "client/ui/preferences.h"

#include "client/core/format.h"
#include "client/ui/app.h"
#include "client/ui/frame.h"
#include "client/win/dialog.h"
#include "client/win/utf.h"

static const char *const theme_words[] = {[THEME_FOLLOW_WINDOWS] = "windows", [THEME_LIGHT] = "light", [THEME_DARK] = "dark"};

static ThemeChoice chosen_theme;
static int chosen_language;
static bool regional;

static ThemeChoice read_theme(const Settings *settings)
{
    const char *word = settings_str(settings, "theme", theme_words[THEME_FOLLOW_WINDOWS]);

    for (int i = 0; i < (int)ARRAY_SIZE(theme_words); i++)
        if (str_equal(word, theme_words[i]))
            return (ThemeChoice)i;
    return THEME_FOLLOW_WINDOWS;
}

static Language windows_language(void)
{
    wchar_t name[LOCALE_NAME_MAX_LENGTH] = L"";
    AUTO_FREE char *tag = NULL;

    LCIDToLocaleName(MAKELCID(GetUserDefaultUILanguage(), SORT_DEFAULT), name, (int)ARRAYSIZE(name), 0);
    tag = utf_from_wide(name);
    return text_language_from_tag(tag);
}

void preferences_start(const Settings *settings, const char *language)
{
    const char *word = language ? language : settings_str(settings, "language", "");

    chosen_language = *word ? (int)text_language_from_tag(word) : LANGUAGE_FOLLOW_WINDOWS;
    text_set_language(*word ? (Language)chosen_language : windows_language());
    regional = settings_int(settings, "regional_formats", 1) != 0;
    format_follow_system(regional);
    chosen_theme = read_theme(settings);
    theme_start(chosen_theme);
}

ThemeChoice preferences_theme(void) { return chosen_theme; }

static BOOL CALLBACK dress(HWND window, LPARAM unused)
{
    (void)unused;
    if (window != app_get()->frame && IsWindowVisible(window))
        SendMessageW(window, WM_THEMECHANGED, 0, 0);
    return TRUE;
}

/* The frame dresses itself; dialogs do when Windows says so. */
static void dress_dialogs(void) { EnumThreadWindows(GetCurrentThreadId(), dress, 0); }

void preferences_set_theme(ThemeChoice choice)
{
    chosen_theme = choice;
    settings_set_str(core_settings(app_get()->core), "theme", theme_words[choice]);
    theme_choose(choice);
    frame_restyle();
    dress_dialogs();
}

int preferences_language(void) { return chosen_language; }

void preferences_set_language(int choice)
{
    bool follow = choice == LANGUAGE_FOLLOW_WINDOWS;

    chosen_language = choice;
    settings_set_str(core_settings(app_get()->core), "language", follow ? "" : text_language_tag((Language)choice));
    text_set_language(follow ? windows_language() : (Language)choice);
    frame_restyle();
    dialog_language_changed();
}

bool preferences_regional(void) { return regional; }

void preferences_set_regional(bool follow)
{
    regional = follow;
    settings_set_int(core_settings(app_get()->core), "regional_formats", follow);
    preferences_formats_changed();
}

void preferences_formats_changed(void)
{
    format_follow_system(regional);
    frame_restyle();
}
