/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A console's picture as a PNG file, by Windows' imaging component; see console_picture.h. UI thread. */
#define COBJMACROS
#include "client/ui/console_picture.h"

#include "client/core/port.h"
#include "client/core/text.h"
#include "client/win/file_pick.h"
#include "client/win/utf.h"

#include <initguid.h>
#include <stdlib.h>
#include <string.h>
#include <wincodec.h>

typedef struct Picture {
    int width, height;
    uint32_t *pixels;
} Picture;

static bool copy_picture(Console *console, Picture *ret)
{
    size_t stride;
    const uint32_t *pixels = console_lock_picture(console, &ret->width, &ret->height, &stride);
    if (!pixels)
        return false;
    size_t size = stride * (size_t)ret->height;
    ret->pixels = x_calloc(size, 1);
    memcpy(ret->pixels, pixels, size);
    console_unlock_picture(console);
    return true;
}

static HRESULT write_frame(IWICBitmapFrameEncode *frame, const Picture *picture)
{
    WICPixelFormatGUID format = GUID_WICPixelFormat32bppBGR;
    UINT stride = (UINT)picture->width * 4;
    HRESULT result = IWICBitmapFrameEncode_Initialize(frame, NULL);
    if (SUCCEEDED(result))
        result = IWICBitmapFrameEncode_SetSize(frame, (UINT)picture->width, (UINT)picture->height);
    if (SUCCEEDED(result))
        result = IWICBitmapFrameEncode_SetPixelFormat(frame, &format);
    /* PNG has no unused fourth byte; what the encoder offers instead is 24 bits or alpha. */
    if (SUCCEEDED(result) && IsEqualGUID(&format, &GUID_WICPixelFormat24bppBGR)) {
        size_t count = (size_t)picture->width * (size_t)picture->height;
        AUTO_FREE unsigned char *packed = x_calloc(count, 3);
        for (size_t i = 0; i < count; i++) {
            packed[i * 3] = (unsigned char)picture->pixels[i];
            packed[i * 3 + 1] = (unsigned char)(picture->pixels[i] >> 8);
            packed[i * 3 + 2] = (unsigned char)(picture->pixels[i] >> 16);
        }
        result = IWICBitmapFrameEncode_WritePixels(frame, (UINT)picture->height, (UINT)picture->width * 3, (UINT)(count * 3), packed);
    } else if (SUCCEEDED(result)) {
        for (size_t i = 0; i < (size_t)picture->width * (size_t)picture->height; i++)
            picture->pixels[i] |= 0xff000000;
        result = IWICBitmapFrameEncode_WritePixels(frame, (UINT)picture->height, stride, stride * (UINT)picture->height, (BYTE *)picture->pixels);
    }
    return SUCCEEDED(result) ? IWICBitmapFrameEncode_Commit(frame) : result;
}

static HRESULT encode(IWICImagingFactory *factory, const wchar_t *path, const Picture *picture)
{
    IWICStream *stream = NULL;
    IWICBitmapEncoder *encoder = NULL;
    IWICBitmapFrameEncode *frame = NULL;
    HRESULT result = IWICImagingFactory_CreateStream(factory, &stream);
    if (SUCCEEDED(result))
        result = IWICStream_InitializeFromFilename(stream, path, GENERIC_WRITE);
    if (SUCCEEDED(result))
        result = IWICImagingFactory_CreateEncoder(factory, &GUID_ContainerFormatPng, NULL, &encoder);
    if (SUCCEEDED(result))
        result = IWICBitmapEncoder_Initialize(encoder, (IStream *)stream, WICBitmapEncoderNoCache);
    if (SUCCEEDED(result))
        result = IWICBitmapEncoder_CreateNewFrame(encoder, &frame, NULL);
    if (SUCCEEDED(result))
        result = write_frame(frame, picture);
    if (SUCCEEDED(result))
        result = IWICBitmapEncoder_Commit(encoder);
    if (frame)
        IWICBitmapFrameEncode_Release(frame);
    if (encoder)
        IWICBitmapEncoder_Release(encoder);
    if (stream)
        IWICStream_Release(stream);
    return result;
}

static int save(const wchar_t *path, const Picture *picture, Error *err)
{
    IWICImagingFactory *factory = NULL;
    HRESULT result = CoCreateInstance(&CLSID_WICImagingFactory, NULL, CLSCTX_INPROC_SERVER, &IID_IWICImagingFactory, (void **)&factory);
    if (SUCCEEDED(result)) {
        result = encode(factory, path, picture);
        IWICImagingFactory_Release(factory);
    }
    if (SUCCEEDED(result))
        return 0;
    AUTO_FREE char *utf8 = utf_from_wide(path);
    return error_set(err, ERR_IO, utf8, "0x%08lx", (unsigned long)result);
}

/* "web01 2026-08-01 12-30-05.png", without what Windows does not allow in names; the caller frees. */
static char *propose_name(const char *name)
{
    int year, month, day, hour, minute, second;
    port_local_time(port_now_ms(), &year, &month, &day, &hour, &minute, &second);
    char *proposed = x_printf("%.100s %04d-%02d-%02d %02d-%02d-%02d.png", name, year, month, day, hour, minute, second);
    for (char *c = proposed; *c; c++)
        if ((unsigned char)*c < ' ' || strchr("<>:\"/\\|?*", *c))
            *c = '_';
    return proposed;
}

int console_picture_ask_and_save(HWND owner, Console *console, const char *name, char **ret_path, Error *err)
{
    Picture picture;
    *ret_path = NULL;
    /* The picture of the moment of the click; the dialog may stay open for long. */
    if (!copy_picture(console, &picture))
        return 0;
    int code = 0;
    AUTO_FREE char *proposed = propose_name(name);
    FileFilter filter = {text(TEXT_CONSOLE_PICTURE_FILTER), "*.png"};
    AUTO_FREE char *path = file_pick_save(owner, text(TEXT_CONSOLE_PICTURE_TITLE), text(TEXT_SEARCH_SAVE), &filter, proposed);
    AUTO_FREE wchar_t *wide = utf_to_wide(path);
    if (path)
        code = save(wide, &picture, err);
    free(picture.pixels);
    if (code == 0)
        *ret_path = TAKE_PTR(path);
    return code;
}
