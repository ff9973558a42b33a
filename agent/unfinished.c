/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Calls of the contract that answer "not supported" until their own files are there. */
#include "agent/request.h"
#define NOT(name,P,R) int handle_##name(Request *request, const P *params, R *ret, Error *err) { (void)request,(void)params,(void)ret; return error_set(err, ERR_NOT_SUPPORTED, #name, "not yet"); }
NOT(vm_create,VmCreateParams,TaskRef)
NOT(vm_delete,VmDeleteParams,TaskRef)
