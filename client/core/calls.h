/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the result of each method is decoded and freed. Private to client/core; any thread. */
#ifndef POOLCENTER_CALLS_H
#define POOLCENTER_CALLS_H

#include "protocol/types.h"

typedef struct MethodOps {
    size_t result_size;
    int (*decode)(const json_t *json, void *ret, Error *err);
    void (*clear)(void *result);
} MethodOps;

const MethodOps *method_ops(Method method);
/* Clears and frees a result; NULL is fine. */
void method_free_result(Method method, void *result);

#endif
