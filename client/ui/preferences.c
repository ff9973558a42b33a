/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Language and colours; see preferences.h. UI thread. */
#include "client/ui/preferences.h"

#include "client/ui/app.h"
#include "client/ui/frame.h"
#include "client/win/utf.h"

static const char *const theme_words[] = {[THEME_FOLLOW_WINDOWS] = "windows", [THEME_LIGHT] = "light", [THEME_DARK] = "dark"};
static const char *const language_words[] = {[LANGUAGE_ENGLISH] = "en", [LANGUAGE_GERMAN] = "de"};

static ThemeChoice chosen_theme;

static ThemeChoice read_theme(void)
{
    const char *word = settings_str(core_settings(app_get()->core), "theme", theme_words[THEME_FOLLOW_WINDOWS]);

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

void preferences_start(const char *language)
{
    const char *word = language ? language : settings_str(core_settings(app_get()->core), "language", "");

    text_set_language(*word ? text_language_from_tag(word) : windows_language());
    chosen_theme = read_theme();
    theme_start(chosen_theme);
}

ThemeChoice preferences_theme(void) { return chosen_theme; }

void preferences_set_theme(ThemeChoice choice)
{
    chosen_theme = choice;
    settings_set_str(core_settings(app_get()->core), "theme", theme_words[choice]);
    theme_choose(choice);
    frame_restyle();
}

void preferences_set_language(Language language)
{
    settings_set_str(core_settings(app_get()->core), "language", language_words[language]);
    text_set_language(language);
    frame_restyle();
}
