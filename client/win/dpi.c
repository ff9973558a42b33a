/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Sizes and fonts per dpi; see dpi.h. The functions of Windows 10 1607 are looked up at run time, so that an older system still
 * starts the program (with one dpi for all monitors). UI thread.
 */
#include "client/win/dpi.h"

#include <stdbool.h>
#include <string.h>
#include <wchar.h>

enum {
    FONT_DPIS = 8,    /* dpi values met in one run; more than that and the oldest is made anew */
    LEAST_POINTS = 9,
    TOLD_MAX = 8,
    TEXT_PERCENT_MOST = 225,
};

typedef struct FontSet {
    int dpi;
    HFONT fonts[FONT_KIND_COUNT];
} FontSet;

typedef struct DpiApi {
    bool loaded;
    UINT(WINAPI *window_dpi)(HWND window);
    int(WINAPI *metric)(int index, UINT dpi);
    BOOL(WINAPI *parameters)(UINT action, UINT size, void *data, UINT flags, UINT dpi);
} DpiApi;

static FontSet font_sets[FONT_DPIS];
static int next_font_set;

/* Windows whose dpi is known by a message only. */
static struct {
    HWND top;
    int dpi;
} told[TOLD_MAX];

/* What fonts are made of; read again when Windows says that settings have changed. */
static struct {
    bool read;
    int text_percent;
    LOGFONTW font; /* at 96 dpi */
    unsigned number; /* of the change */
} letters = {.text_percent = 100};

static const DpiApi *api(void)
{
    static DpiApi functions;

    if (!functions.loaded) {
        HMODULE user32 = GetModuleHandleW(L"user32.dll");
        FARPROC window_dpi = GetProcAddress(user32, "GetDpiForWindow");
        FARPROC metric = GetProcAddress(user32, "GetSystemMetricsForDpi");
        FARPROC parameters = GetProcAddress(user32, "SystemParametersInfoForDpi");

        memcpy(&functions.window_dpi, &window_dpi, sizeof window_dpi);
        memcpy(&functions.metric, &metric, sizeof metric);
        memcpy(&functions.parameters, &parameters, sizeof parameters);
        functions.loaded = true;
    }
    return &functions;
}

static int system_dpi(void)
{
    HDC screen = GetDC(NULL);
    int dpi = GetDeviceCaps(screen, LOGPIXELSY);

    ReleaseDC(NULL, screen);
    return dpi > 0 ? dpi : USER_DEFAULT_SCREEN_DPI;
}

static int monitor_dpi(HWND window)
{
    UINT dpi = window && api()->window_dpi ? api()->window_dpi(window) : 0;

    return dpi ? (int)dpi : system_dpi();
}

static int told_dpi(HWND window)
{
    HWND top = told[0].top ? GetAncestor(window, GA_ROOT) : NULL;

    for (int i = 0; top && i < TOLD_MAX && told[i].top; i++)
        if (told[i].top == top)
            return told[i].dpi;
    return 0;
}

void dpi_told(HWND top, int dpi)
{
    int place = 0;

    while (place < TOLD_MAX - 1 && told[place].top && told[place].top != top && IsWindow(told[place].top))
        place++;
    if (told[place].top != top && dpi == monitor_dpi(top))
        return;
    told[place].top = top;
    told[place].dpi = dpi;
}

static void message_font(int dpi, LOGFONTW *ret)
{
    NONCLIENTMETRICSW metrics = {.cbSize = sizeof metrics};

    memset(ret, 0, sizeof *ret);

    if (api()->parameters && api()->parameters(SPI_GETNONCLIENTMETRICS, sizeof metrics, &metrics, 0, (UINT)dpi)) {
        *ret = metrics.lfMessageFont;
        return;
    }
    SystemParametersInfoW(SPI_GETNONCLIENTMETRICS, sizeof metrics, &metrics, 0);
    *ret = metrics.lfMessageFont;
    ret->lfHeight = MulDiv(ret->lfHeight, dpi, system_dpi());
}

static void clear_set(FontSet *set)
{
    for (int i = 0; i < FONT_KIND_COUNT; i++)
        if (set->fonts[i])
            DeleteObject(set->fonts[i]);
    memset(set, 0, sizeof *set);
}

static int read_text_percent(void)
{
    DWORD percent = 100, size = sizeof percent;

    RegGetValueW(HKEY_CURRENT_USER, L"Software\\Microsoft\\Accessibility", L"TextScaleFactor", RRF_RT_REG_DWORD, NULL, &percent, &size);
    return percent < 100 ? 100 : percent > TEXT_PERCENT_MOST ? TEXT_PERCENT_MOST : (int)percent;
}

static void read_letters(void)
{
    LOGFONTW font;
    int percent = read_text_percent();

    message_font(USER_DEFAULT_SCREEN_DPI, &font);
    if (letters.read && percent == letters.text_percent && memcmp(&font, &letters.font, sizeof font) == 0)
        return;
    letters.number += 1;
    letters.read = true;
    letters.text_percent = percent;
    letters.font = font;
    for (int i = 0; i < FONT_DPIS; i++)
        clear_set(&font_sets[i]);
}

bool dpi_on_setting_change(unsigned *known)
{
    unsigned before = *known;

    read_letters();
    *known = letters.number;
    return before && before != letters.number;
}

int dpi_of(HWND window)
{
    int dpi = told_dpi(window);

    if (!letters.read)
        read_letters();
    return MulDiv(dpi ? dpi : monitor_dpi(window), letters.text_percent, 100);
}

int dpi_scale(int dpi, int size_at_96) { return MulDiv(size_at_96, dpi, USER_DEFAULT_SCREEN_DPI); }

/* The system's own parts do not grow with the size of text. */
int dpi_system_metric(int dpi, int metric)
{
    dpi = MulDiv(dpi, 100, letters.text_percent);
    if (api()->metric)
        return api()->metric(metric, (UINT)dpi);
    return MulDiv(GetSystemMetrics(metric), dpi, system_dpi());
}

/* Where the system's font is smaller than Windows' own (Wine), text would be hard to read. */
static void make_readable(int dpi, LOGFONTW *font)
{
    int least = MulDiv(LEAST_POINTS, dpi, 72);

    if (font->lfHeight < 0 && -font->lfHeight < least)
        font->lfHeight = -least;
    font->lfQuality = CLEARTYPE_QUALITY;
}

static HFONT make_font(int dpi, FontKind kind)
{
    static const struct { int percent, weight; } looks[FONT_KIND_COUNT] = {
        [FONT_TEXT] = {100, FW_NORMAL},     [FONT_BOLD] = {100, FW_SEMIBOLD}, [FONT_TITLE] = {140, FW_SEMIBOLD},
        [FONT_HEADING] = {180, FW_NORMAL},  [FONT_FIXED] = {100, FW_NORMAL},
    };
    LOGFONTW font;

    message_font(dpi, &font);
    make_readable(dpi, &font);
    font.lfHeight = MulDiv(font.lfHeight, looks[kind].percent, 100);
    font.lfWeight = looks[kind].weight;
    if (kind == FONT_FIXED) {
        font.lfPitchAndFamily = FIXED_PITCH | FF_MODERN;
        wcscpy(font.lfFaceName, L"Consolas");
    }
    return CreateFontIndirectW(&font);
}

static FontSet *set_for(int dpi)
{
    for (int i = 0; i < FONT_DPIS; i++)
        if (font_sets[i].dpi == dpi)
            return &font_sets[i];

    FontSet *set = &font_sets[next_font_set];
    next_font_set = (next_font_set + 1) % FONT_DPIS;
    clear_set(set);
    set->dpi = dpi;
    return set;
}

HFONT dpi_font(int dpi, FontKind kind)
{
    FontSet *set = set_for(dpi);

    if (!set->fonts[kind])
        set->fonts[kind] = make_font(dpi, kind);
    return set->fonts[kind];
}

int dpi_text_width(int dpi, FontKind kind, const wchar_t *text)
{
    HDC dc = GetDC(NULL);
    HGDIOBJ old = SelectObject(dc, dpi_font(dpi, kind));
    SIZE size = {0};

    GetTextExtentPoint32W(dc, text, (int)wcslen(text), &size);
    SelectObject(dc, old);
    ReleaseDC(NULL, dc);
    return size.cx;
}

int dpi_text_height(int dpi, FontKind kind)
{
    HDC dc = GetDC(NULL);
    HGDIOBJ old = SelectObject(dc, dpi_font(dpi, kind));
    TEXTMETRICW metrics = {0};

    GetTextMetricsW(dc, &metrics);
    SelectObject(dc, old);
    ReleaseDC(NULL, dc);
    return metrics.tmHeight;
}
