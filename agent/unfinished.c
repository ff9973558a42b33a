/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Calls of the contract that answer "not supported" until their own files are there. */
#include "agent/request.h"
#include "agent/uploads.h"
Uploads *uploads_create(Agent *agent) {(void)agent; return NULL;}
void uploads_stop(Uploads *uploads) {(void)uploads;}
void uploads_free(Uploads *uploads) {(void)uploads;}
#define NOT(name,P,R) int handle_##name(Request *request, const P *params, R *ret, Error *err) { (void)request,(void)params,(void)ret; return error_set(err, ERR_NOT_SUPPORTED, #name, "not yet"); }
NOT(vm_create,VmCreateParams,TaskRef)
NOT(vm_delete,VmDeleteParams,TaskRef)
NOT(vm_set_media,VmMediaParams,TaskRef)
NOT(vm_open_console,VmRef,Ticket)
NOT(datastore_create,DatastoreCreateParams,TaskRef)
NOT(datastore_refresh,DatastoreRef,TaskRef)
NOT(datastore_forget,DatastoreRef,TaskRef)
NOT(volume_list,VolumeListParams,VolumeList)
NOT(volume_delete,VolumeRef,TaskRef)
NOT(upload_begin,UploadBeginParams,UploadTicket)
NOT(upload_finish,UploadFinishParams,VolumeInfo)
NOT(upload_abandon,UploadRef,Empty)
