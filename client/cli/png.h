/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes a picture as PNG (https://www.w3.org/TR/png/): 8 bits a channel, no alpha. Pure functions. */
#ifndef POOLCENTER_PNG_H
#define POOLCENTER_PNG_H

#include <stddef.h>
#include <stdint.h>

/* pixels: 0x00RRGGBB, rows of stride bytes, top row first. *ret_size bytes; the caller frees. */
unsigned char *png_encode(const uint32_t *pixels, int width, int height, size_t stride, size_t *ret_size);

#endif
