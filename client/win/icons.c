/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Icons of the program's resources in the pixel size a dpi asks for; see icons.h. UI thread. */
#include "client/win/icons.h"

#include "client/win/dpi.h"

#include <stdint.h>

#include <string.h>

enum {
    ICON_LARGEST = 64,                       /* at 96 dpi */
    PALE_PERCENT = 55, PALE_GREY = 140,
    ICON_COUNT = ICON_LAST - ICON_FIRST + 2, /* and the program's own at the end */
    ICON_PIXEL_SIZES = 48,                   /* sizes in pixels met in one run; further ones get the last of these */
};

typedef struct IconSize {
    int pixels;
    HICON icons[ICON_COUNT];
    HIMAGELIST list, disabled;
    bool listed[ICON_COUNT], listed_disabled[ICON_COUNT]; /* drawn into them */
} IconSize;

static IconSize sizes[ICON_PIXEL_SIZES];

/* What controls show, by the size at 96 dpi they show it in. Lists have room for every icon, but only these are drawn into them: decoding all of them was half of the
 * program's start. */
static bool wanted[ICON_LARGEST + 1][ICON_COUNT];

static IconSize *size_for(int pixels)
{
    int i = 0;

    while (i < ICON_PIXEL_SIZES - 1 && sizes[i].pixels && sizes[i].pixels != pixels)
        i++;
    if (!sizes[i].pixels)
        sizes[i].pixels = pixels;
    return &sizes[i];
}

static int id_at(int index) { return index == ICON_COUNT - 1 ? ICON_POOLCENTER : ICON_FIRST + index; }

int icons_index(int icon_id) { return icon_id == ICON_POOLCENTER ? ICON_COUNT - 1 : icon_id - ICON_FIRST; }

/* LoadIconWithScaleDown is missing in MinGW-w64 10's import library. */
static HICON load_scaled_down(int icon_id, int pixels)
{
    HRESULT(WINAPI *load_icon)(HINSTANCE instance, PCWSTR name, int width, int height, HICON *ret);
    HMODULE library = GetModuleHandleW(L"comctl32.dll");
    FARPROC address = library ? GetProcAddress(library, "LoadIconWithScaleDown") : NULL;
    HICON icon = NULL;

    if (!address)
        return NULL;
    memcpy(&load_icon, &address, sizeof load_icon);
    return SUCCEEDED(load_icon(GetModuleHandleW(NULL), MAKEINTRESOURCEW(icon_id), pixels, pixels, &icon)) ? icon : NULL;
}

static HICON load(int icon_id, int pixels)
{
    HICON icon = load_scaled_down(icon_id, pixels);

    if (!icon)
        icon = LoadImageW(GetModuleHandleW(NULL), MAKEINTRESOURCEW(icon_id), IMAGE_ICON, pixels, pixels, 0);
    return icon;
}

static HICON icon_of(IconSize *size, int index)
{
    if (!size->icons[index])
        size->icons[index] = load(id_at(index), size->pixels);
    return size->icons[index];
}

HICON icons_get(int icon_id, int dpi, int size_at_96)
{
    return icon_of(size_for(dpi_scale(dpi, size_at_96)), icons_index(icon_id));
}

/* Drawn on nothing, pixels are BGRA with the colour multiplied by alpha; image lists want it plain. */
static void make_plain(uint8_t *pixels, size_t count)
{
    for (size_t i = 0; i < count; i++, pixels += 4)
        for (int color = 0; color < 3 && pixels[3]; color++) {
            unsigned plain = pixels[color] * 255u / pixels[3];
            pixels[color] = (uint8_t)(plain > 255 ? 255 : plain);
        }
}

/* Each becomes a middle grey that lets more of the background through. */
static void make_pale(uint8_t *pixels, size_t count)
{
    for (size_t i = 0; i < count; i++, pixels += 4) {
        unsigned grey = (pixels[0] * 11u + pixels[1] * 59u + pixels[2] * 30u) / 100u;
        pixels[0] = pixels[1] = pixels[2] = (uint8_t)((grey + 2u * PALE_GREY) / 3u);
        pixels[3] = (uint8_t)(pixels[3] * PALE_PERCENT / 100u);
    }
}

/* Caller deletes. */
static HBITMAP bitmap_of(HICON icon, int side, bool pale)
{
    BITMAPINFO info = {.bmiHeader = {.biSize = sizeof info.bmiHeader, .biWidth = side, .biHeight = -side, .biPlanes = 1, .biBitCount = 32}};
    size_t count = (size_t)side * (size_t)side;
    void *bits = NULL;
    HDC dc = CreateCompatibleDC(NULL);
    HBITMAP bitmap = CreateDIBSection(dc, &info, DIB_RGB_COLORS, &bits, NULL, 0);
    HGDIOBJ old = SelectObject(dc, bitmap);

    DrawIconEx(dc, 0, 0, icon, side, side, 0, NULL, DI_NORMAL);
    GdiFlush();
    make_plain(bits, count);
    if (pale)
        make_pale(bits, count);
    SelectObject(dc, old);
    DeleteDC(dc);
    return bitmap;
}

/* ImageList_ReplaceIcon takes five times as long under Wine. */
static void put_into(HIMAGELIST list, bool *listed, IconSize *size, int index, bool pale)
{
    HBITMAP bitmap;

    if (!list || listed[index])
        return;
    bitmap = bitmap_of(icon_of(size, index), size->pixels, pale);
    ImageList_Replace(list, index, bitmap, NULL);
    DeleteObject(bitmap);
    listed[index] = true;
}

static void put(IconSize *size, int index)
{
    put_into(size->list, size->listed, size, index, false);
    put_into(size->disabled, size->listed_disabled, size, index, true);
}

int icons_use(int icon_id, int dpi, int size_at_96)
{
    int index = icons_index(icon_id);

    wanted[size_at_96][index] = true;
    put(size_for(dpi_scale(dpi, size_at_96)), index);
    return index;
}

/* The same controls may ask again at another dpi: what they show comes along. */
static HIMAGELIST list_of(IconSize *size, HIMAGELIST *list, int size_at_96)
{
    if (!*list) {
        *list = ImageList_Create(size->pixels, size->pixels, ILC_COLOR32, ICON_COUNT, 0);
        ImageList_SetImageCount(*list, ICON_COUNT);
    }
    for (int i = 0; i < ICON_COUNT; i++)
        if (wanted[size_at_96][i])
            put(size, i);
    return *list;
}

HIMAGELIST icons_list(int dpi, int size_at_96)
{
    IconSize *size = size_for(dpi_scale(dpi, size_at_96));

    return list_of(size, &size->list, size_at_96);
}

HIMAGELIST icons_disabled_list(int dpi, int size_at_96)
{
    IconSize *size = size_for(dpi_scale(dpi, size_at_96));

    return list_of(size, &size->disabled, size_at_96);
}

void icons_draw(HDC dc, int icon_id, int x, int y, int dpi, int size_at_96, bool enabled)
{
    int pixels = dpi_scale(dpi, size_at_96);

    if (enabled)
        DrawIconEx(dc, x, y, icons_get(icon_id, dpi, size_at_96), pixels, pixels, 0, NULL, DI_NORMAL);
    else
        ImageList_Draw(icons_disabled_list(dpi, size_at_96), icons_use(icon_id, dpi, size_at_96), dc, x, y, ILD_TRANSPARENT);
}
