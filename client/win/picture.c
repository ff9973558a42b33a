/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pictures: see picture.h. A hostile host may send anything: sizes are bounded before memory is taken. */
#define COBJMACROS
#include "client/win/picture.h"

#include "client/win/accessible.h"
#include "client/win/dpi.h"
#include "client/win/paint.h"
#include "client/win/theme.h"
#include "client/win/utf.h"

#include <initguid.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <wincodec.h>

enum { SIDE_MAX = 16384, PIXELS_MAX = 64 << 20 };

typedef struct Picture {
    UINT width, height;
    uint32_t *pixels; /* NULL: none */
    wchar_t *words;
} Picture;

static bool fits(UINT width, UINT height)
{
    return width && height && width <= SIDE_MAX && height <= SIDE_MAX && (uint64_t)width * height <= PIXELS_MAX;
}

static HRESULT copy_pixels(IWICBitmapSource *source, Picture *ret)
{
    UINT width = 0, height = 0;
    HRESULT result = IWICBitmapSource_GetSize(source, &width, &height);

    if (FAILED(result) || !fits(width, height))
        return FAILED(result) ? result : E_INVALIDARG;
    uint32_t *pixels = calloc((size_t)width * height, sizeof *pixels);
    result = pixels ? IWICBitmapSource_CopyPixels(source, NULL, width * 4, width * height * 4, (BYTE *)pixels) : E_OUTOFMEMORY;
    if (FAILED(result)) {
        free(pixels);
        return result;
    }
    ret->width = width;
    ret->height = height;
    ret->pixels = pixels;
    return S_OK;
}

static HRESULT decode_frame(IWICImagingFactory *factory, IStream *stream, Picture *ret)
{
    IWICBitmapDecoder *decoder = NULL;
    IWICBitmapFrameDecode *frame = NULL;
    IWICFormatConverter *converter = NULL;
    HRESULT result = IWICImagingFactory_CreateDecoderFromStream(factory, stream, NULL, WICDecodeMetadataCacheOnDemand, &decoder);

    if (SUCCEEDED(result))
        result = IWICBitmapDecoder_GetFrame(decoder, 0, &frame);
    if (SUCCEEDED(result))
        result = IWICImagingFactory_CreateFormatConverter(factory, &converter);
    if (SUCCEEDED(result))
        result = IWICFormatConverter_Initialize(converter, (IWICBitmapSource *)frame, &GUID_WICPixelFormat32bppBGR, WICBitmapDitherTypeNone, NULL, 0, WICBitmapPaletteTypeCustom);
    if (SUCCEEDED(result))
        result = copy_pixels((IWICBitmapSource *)converter, ret);
    if (converter)
        IWICFormatConverter_Release(converter);
    if (frame)
        IWICBitmapFrameDecode_Release(frame);
    if (decoder)
        IWICBitmapDecoder_Release(decoder);
    return result;
}

static bool decode_png(const void *bytes, size_t size, Picture *ret)
{
    IWICImagingFactory *factory = NULL;
    IWICStream *stream = NULL;
    HRESULT result = CoCreateInstance(&CLSID_WICImagingFactory, NULL, CLSCTX_INPROC_SERVER, &IID_IWICImagingFactory, (void **)&factory);

    if (SUCCEEDED(result))
        result = IWICImagingFactory_CreateStream(factory, &stream);
    if (SUCCEEDED(result))
        result = IWICStream_InitializeFromMemory(stream, (BYTE *)bytes, (DWORD)size);
    if (SUCCEEDED(result))
        result = decode_frame(factory, (IStream *)stream, ret);
    if (stream)
        IWICStream_Release(stream);
    if (factory)
        IWICImagingFactory_Release(factory);
    return SUCCEEDED(result);
}

/* The next number of a PPM's head; behind it one blank. */
static bool next_number(const unsigned char **at, const unsigned char *end, UINT *ret)
{
    UINT number = 0;
    bool digits = false;

    while (*at < end && (**at == ' ' || **at == '\n' || **at == '\t' || **at == '\r'))
        ++*at;
    for (; *at < end && **at >= '0' && **at <= '9' && number <= SIDE_MAX; ++*at) {
        number = number * 10 + (UINT)(**at - '0');
        digits = true;
    }
    *ret = number;
    return digits && *at < end;
}

static bool decode_ppm(const unsigned char *bytes, size_t size, Picture *ret)
{
    const unsigned char *at = bytes + 2, *end = bytes + size;
    UINT width, height, most;

    if (!next_number(&at, end, &width) || !next_number(&at, end, &height) || !next_number(&at, end, &most) || most != 255 || !fits(width, height))
        return false;
    at++;
    if ((size_t)(end - at) < (size_t)width * height * 3)
        return false;
    ret->pixels = calloc((size_t)width * height, sizeof *ret->pixels);
    for (size_t i = 0; ret->pixels && i < (size_t)width * height; i++, at += 3)
        ret->pixels[i] = (uint32_t)at[0] << 16 | (uint32_t)at[1] << 8 | at[2];
    ret->width = width;
    ret->height = height;
    return ret->pixels != NULL;
}

static void clear(Picture *picture)
{
    free(picture->pixels);
    picture->pixels = NULL;
}

/* ---------------------------------------------------------------- the control */

static Picture *picture_of(HWND window) { return (Picture *)GetWindowLongPtrW(window, GWLP_USERDATA); }

static void draw(HDC dc, const RECT *place, const Picture *picture)
{
    int width = place->right, height = place->bottom;
    int shown_width = width, shown_height = MulDiv(width, (int)picture->height, (int)picture->width);
    BITMAPINFO info = {.bmiHeader = {.biSize = sizeof info.bmiHeader, .biWidth = (LONG)picture->width, .biHeight = -(LONG)picture->height, .biPlanes = 1, .biBitCount = 32}};

    if (shown_height > height) {
        shown_height = height;
        shown_width = MulDiv(height, (int)picture->width, (int)picture->height);
    }
    SetStretchBltMode(dc, HALFTONE);
    SetBrushOrgEx(dc, 0, 0, NULL);
    StretchDIBits(dc, (width - shown_width) / 2, (height - shown_height) / 2, shown_width, shown_height, 0, 0, (int)picture->width, (int)picture->height,
        picture->pixels, &info, DIB_RGB_COLORS, SRCCOPY);
}

static void paint(HWND window)
{
    PaintBuffer buffer;
    const Picture *picture = picture_of(window);
    HDC dc = paint_begin(&buffer, window);

    paint_fill(dc, &buffer.client, theme_color(THEME_WINDOW));
    if (picture->pixels)
        draw(dc, &buffer.client, picture);
    else if (picture->words)
        paint_text(dc, &buffer.client, picture->words, dpi_font(dpi_of(window), FONT_TEXT), theme_color(THEME_TEXT_DIM), DT_CENTER | DT_VCENTER | DT_SINGLELINE | DT_NOPREFIX);
    paint_frame(dc, &buffer.client, theme_color(THEME_BORDER));
    paint_end(&buffer);
}

static LRESULT CALLBACK picture_proc(HWND window, UINT message, WPARAM wparam, LPARAM lparam)
{
    Picture *picture = picture_of(window);

    switch (message) {
    case WM_NCCREATE:
        SetWindowLongPtrW(window, GWLP_USERDATA, (LONG_PTR)calloc(1, sizeof(Picture)));
        return picture_of(window) != NULL;
    case WM_PAINT: paint(window); return 0;
    case WM_ERASEBKGND: return 1;
    case WM_NCDESTROY:
        clear(picture);
        free(picture->words);
        free(picture);
        return 0;
    default: return DefWindowProcW(window, message, wparam, lparam);
    }
}

static LONG graphic_state(HWND window, int child)
{
    (void)window;
    (void)child;
    return STATE_SYSTEM_READONLY;
}

HWND picture_create(HWND parent, int id)
{
    static const AccessibleClass graphic = {.role = ROLE_SYSTEM_GRAPHIC, .state = graphic_state};
    static ATOM class_atom;

    if (!class_atom) {
        WNDCLASSEXW class = {.cbSize = sizeof class, .style = CS_HREDRAW | CS_VREDRAW, .lpfnWndProc = picture_proc, .hInstance = GetModuleHandleW(NULL),
            .hCursor = LoadCursorW(NULL, (LPCWSTR)IDC_ARROW), .lpszClassName = L"PoolCenterPicture"};
        class_atom = RegisterClassExW(&class);
    }
    HWND window = CreateWindowExW(0, L"PoolCenterPicture", L"", WS_CHILD | WS_VISIBLE, 0, 0, 0, 0, parent, (HMENU)(INT_PTR)id, GetModuleHandleW(NULL), NULL);
    accessible_class(window, &graphic);
    return window;
}

bool picture_set(HWND window, const void *bytes, size_t size, const char *name)
{
    Picture *picture = picture_of(window);
    bool ppm = size > 2 && memcmp(bytes, "P6", 2) == 0;

    clear(picture);
    bool shown = bytes && size && (ppm ? decode_ppm(bytes, size, picture) : decode_png(bytes, size, picture));
    accessible_name(window, name);
    InvalidateRect(window, NULL, FALSE);
    return shown;
}

void picture_set_words(HWND window, const char *words)
{
    Picture *picture = picture_of(window);

    clear(picture);
    free(picture->words);
    picture->words = utf_to_wide(words);
    accessible_name(window, words);
    InvalidateRect(window, NULL, FALSE);
}
