/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What cmocka.h wants before itself. */
#ifndef POOLCENTER_TEST_CMOCKA_ALL_H
#define POOLCENTER_TEST_CMOCKA_ALL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
