; SPDX-License-Identifier: GPL-3.0-or-later
;
; The Windows installer. Made by tools/package-windows, which gives:
;   /DVERSION /DVERSION_NUMBERS   "0.1.0", "0.1.0.0"
;   /DFILES       a script that copies every file of the program to $INSTDIR, files.txt among them
;   /DARTWORK     folder with side1.bmp and header1.bmp, and twice as large side2.bmp and header2.bmp
;   /DICON /DOUTPUT /DSIZE_KB
;   /DSIGN        command line that signs the file whose name is put behind it (only with a certificate)
;
; files.txt names what is installed; an upgrade and the uninstaller remove exactly that, so a folder that somebody keeps other things in
; stays. docs/installer.md tells administrators about the switches.
Unicode true
Target amd64-unicode
SetCompressor /SOLID /FINAL lzma
; Both programs hold the same libraries: the second one becomes small when the first is still in the dictionary.
SetCompressorDictSize 32
SetDateSave off
ManifestDPIAware true
ManifestSupportedOS Win10
CRCCheck force
AllowRootDirInstall false

!define UNINSTALL_KEY "Software\Microsoft\Windows\CurrentVersion\Uninstall\PoolCenter"
!define APP_PATHS_KEY "Software\Microsoft\Windows\CurrentVersion\App Paths\poolcenter.exe"
!define MULTIUSER_MUI
!define MULTIUSER_EXECUTIONLEVEL Highest
!define MULTIUSER_USE_PROGRAMFILES64
!define MULTIUSER_INSTALLMODE_INSTDIR "PoolCenter"
!define MULTIUSER_INSTALLMODE_INSTDIR_REGISTRY_KEY "${UNINSTALL_KEY}"
!define MULTIUSER_INSTALLMODE_INSTDIR_REGISTRY_VALUENAME "InstallLocation"
!define MULTIUSER_INSTALLMODE_DEFAULT_CURRENTUSER
!define MULTIUSER_INSTALLMODE_DEFAULT_REGISTRY_KEY "${UNINSTALL_KEY}"
!define MULTIUSER_INSTALLMODE_DEFAULT_REGISTRY_VALUENAME "InstallLocation"
!define MULTIUSER_INSTALLMODE_COMMANDLINE
!include MultiUser.nsh
!include nsDialogs.nsh
!include WinVer.nsh
!include FileFunc.nsh
!include WordFunc.nsh
; MultiUser would ask every administrator for his rights at once; they are asked for on the page that needs them.
RequestExecutionLevel user

Name "PoolCenter"
OutFile "${OUTPUT}"
BrandingText "PoolCenter ${VERSION}"
VIProductVersion "${VERSION_NUMBERS}"
VIFileVersion "${VERSION_NUMBERS}"
VIAddVersionKey /LANG=0 "ProductName" "PoolCenter"
VIAddVersionKey /LANG=0 "ProductVersion" "${VERSION}"
VIAddVersionKey /LANG=0 "FileDescription" "PoolCenter installer"
VIAddVersionKey /LANG=0 "FileVersion" "${VERSION}"
VIAddVersionKey /LANG=0 "LegalCopyright" "GPL-3.0-or-later"
!ifdef SIGN
    !uninstfinalize '${SIGN} "%1"'
    !finalize '${SIGN} "%1"'
!endif

; Exit codes of a silent run, beside NSIS's own 0, 1 (cancelled) and 2 (failed).
!define EXIT_FAILED 2
!define EXIT_RUNNING 3      ; the program could not be closed
!define EXIT_TOO_OLD 4      ; Windows is older than 10
!define EXIT_ADMIN 740      ; ERROR_ELEVATION_REQUIRED

Var WasRunning   ; 1: closed by us
Var WantsDesktop   ; 1: an icon is wanted
Var NoStart      ; 1: a silent upgrade does not start it again
Var IsElevated   ; 1: started by an installer that had no administrator rights
Var WantsPurge   ; uninstaller, 1: settings, too
Var ForMe
Var ForAll
Var DesktopBox
Var PurgeBox

;---------------------------------------------------------------- pages

!define MUI_ICON "${ICON}"
!define MUI_UNICON "${ICON}"
!define MUI_ABORTWARNING
!define MUI_CUSTOMFUNCTION_GUIINIT sharp_pictures
!define MUI_CUSTOMFUNCTION_UNGUIINIT un.sharp_pictures
!define MUI_HEADERIMAGE
!define MUI_HEADERIMAGE_RIGHT
!define MUI_HEADERIMAGE_BITMAP "${ARTWORK}/header1.bmp"
!define MUI_HEADERIMAGE_UNBITMAP "${ARTWORK}/header1.bmp"
!define MUI_HEADERIMAGE_BITMAP_STRETCH AspectFitHeight
!define MUI_HEADERIMAGE_UNBITMAP_STRETCH AspectFitHeight
!define MUI_WELCOMEFINISHPAGE_BITMAP "${ARTWORK}/side1.bmp"
!define MUI_WELCOMEFINISHPAGE_BITMAP_STRETCH AspectFitHeight

!define MUI_WELCOMEPAGE_TITLE "$(WELCOME_TITLE)"
!define MUI_WELCOMEPAGE_TEXT "$(WELCOME_TEXT)"
!define MUI_PAGE_CUSTOMFUNCTION_PRE skip_when_elevated
!insertmacro MUI_PAGE_WELCOME
Page custom users_page users_page_leave
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!define MUI_FINISHPAGE_RUN
!define MUI_FINISHPAGE_RUN_TEXT "$(FINISH_RUN)"
!define MUI_FINISHPAGE_RUN_FUNCTION start_program
!insertmacro MUI_PAGE_FINISH

UninstPage custom un.confirm_page un.confirm_page_leave
!insertmacro MUI_UNPAGE_INSTFILES

!insertmacro MUI_LANGUAGE "English"
!insertmacro MUI_LANGUAGE "German"
!include texts.nsh

;---------------------------------------------------------------- start

; $R0: the command line.
!macro READ_SWITCH word result
    ClearErrors
    ${GetOptions} $R0 "${word}" $R1
    StrCpy ${result} 1
    IfErrors 0 +2
        StrCpy ${result} 0
!macroend

Function .onInit
    ${GetParameters} $R0
    !insertmacro READ_SWITCH "/?" $R2
    ${If} $R2 = 1
        MessageBox MB_OK|MB_ICONINFORMATION "$(SWITCHES)"
        Quit
    ${EndIf}
    ${IfNot} ${AtLeastWin10}
        MessageBox MB_OK|MB_ICONSTOP "$(TOO_OLD)" /SD IDOK
        SetErrorLevel ${EXIT_TOO_OLD}
        Quit
    ${EndIf}
    !insertmacro READ_SWITCH "/DesktopIcon" $WantsDesktop
    !insertmacro READ_SWITCH "/NoStart" $NoStart
    !insertmacro READ_SWITCH "/Elevated" $IsElevated
    !insertmacro READ_SWITCH "/AllUsers" $R2
    UserInfo::GetAccountType
    Pop $R3
    ${If} $R2 = 1
    ${AndIf} $R3 != "Admin"
        Call start_elevated
        ${If} ${Errors}
            MessageBox MB_OK|MB_ICONEXCLAMATION "$(NO_RIGHTS)" /SD IDOK
        ${EndIf}
        Quit
    ${EndIf}
    ; MultiUser sets the folder of the mode; one from the command line (/D) goes before it.
    StrCpy $R4 $INSTDIR
    !insertmacro MULTIUSER_INIT
    ${If} $R4 != ""
        StrCpy $INSTDIR $R4
    ${EndIf}
FunctionEnd

; Runs this installer again as an administrator. Sets the error flag when that was refused.
Function start_elevated
    ${If} ${Silent}
    ${OrIf} $IsElevated = 1 ; it did not help
        SetErrorLevel ${EXIT_ADMIN}
        SetErrors
        Return
    ${EndIf}
    StrCpy $R5 "/AllUsers /Elevated"
    ${If} $WantsDesktop = 1
        StrCpy $R5 "$R5 /DesktopIcon"
    ${EndIf}
    ClearErrors
    ExecShell "runas" "$EXEPATH" "$R5"
FunctionEnd

Function skip_when_elevated
    ${If} $IsElevated = 1
        Abort
    ${EndIf}
FunctionEnd

; Pictures for sharp screens instead of those MUI has loaded already, or will load by these names.
!macro SHARP_PICTURES un
Function ${un}sharp_pictures
    System::Call 'user32::GetDpiForWindow(p $HWNDPARENT) i .r0'
    ${If} $0 > 110
        File "/oname=$PLUGINSDIR\modern-header.bmp" "${ARTWORK}/header2.bmp"
        !insertmacro MUI_LOADANDASPECTSTRETCHIMAGETOCONTROLHEIGHT $mui.Header.Image "$PLUGINSDIR\modern-header.bmp" Right Leak
        !if "${un}" == ""
            File "/oname=$PLUGINSDIR\modern-wizard.bmp" "${ARTWORK}/side2.bmp"
        !endif
    ${EndIf}
FunctionEnd
!macroend
!insertmacro SHARP_PICTURES ""
!insertmacro SHARP_PICTURES "un."

; Who it is for, and the icon on the desktop.
Function users_page
    Call skip_when_elevated
    !insertmacro MUI_HEADER_TEXT "$(USERS_TITLE)" "$(USERS_SUBTITLE)"
    nsDialogs::Create 1018
    Pop $0
    ${NSD_CreateRadioButton} 0 6u 100% 12u "$(USERS_ME)"
    Pop $ForMe
    ${NSD_CreateLabel} 12u 19u -12u 20u "$(USERS_ME_TEXT)"
    Pop $0
    ${NSD_CreateRadioButton} 0 44u 100% 12u "$(USERS_ALL)"
    Pop $ForAll
    ${NSD_CreateLabel} 12u 57u -12u 20u "$(USERS_ALL_TEXT)"
    Pop $0
    ${NSD_CreateCheckBox} 0 92u 100% 12u "$(USERS_DESKTOP)"
    Pop $DesktopBox
    ; An installation for all users that is there already is the one to upgrade.
    ReadRegStr $0 HKLM "${UNINSTALL_KEY}" "InstallLocation"
    ReadRegStr $1 HKCU "${UNINSTALL_KEY}" "InstallLocation"
    ${If} $MultiUser.InstallMode == "AllUsers"
        ${NSD_Check} $ForAll
    ${ElseIf} $0 != ""
    ${AndIf} $1 == ""
        ${NSD_Check} $ForAll
    ${Else}
        ${NSD_Check} $ForMe
    ${EndIf}
    ${If} $WantsDesktop = 1
    ${OrIf} ${FileExists} "$DESKTOP\PoolCenter.lnk"
        ${NSD_Check} $DesktopBox
    ${EndIf}
    nsDialogs::Show
FunctionEnd

; A folder that was chosen already stays as long as the mode does.
Function users_page_leave
    ${NSD_GetState} $DesktopBox $WantsDesktop
    ${NSD_GetState} $ForAll $0
    ${If} $0 <> ${BST_CHECKED}
        ${If} $MultiUser.InstallMode != "CurrentUser"
            Call MultiUser.InstallMode.CurrentUser
        ${EndIf}
        Return
    ${EndIf}
    UserInfo::GetAccountType
    Pop $1
    ${If} $1 == "Admin"
        ${If} $MultiUser.InstallMode != "AllUsers"
            Call MultiUser.InstallMode.AllUsers
        ${EndIf}
        Return
    ${EndIf}
    Call start_elevated
    ${If} ${Errors}
        MessageBox MB_OK|MB_ICONEXCLAMATION "$(NO_RIGHTS)"
        Abort
    ${EndIf}
    Quit
FunctionEnd

;---------------------------------------------------------------- what runs, what is there

; Leaves $INSTDIR's program closed, or ends the installation.
!macro CLOSE_PROGRAM un
Function ${un}close_program
    StrCpy $WasRunning 0
    ${IfNot} ${FileExists} "$INSTDIR\poolcenter.exe"
        Return
    ${EndIf}
    again:
    ; The file of a program that runs cannot be opened for writing.
    ClearErrors
    FileOpen $0 "$INSTDIR\poolcenter.exe" a
    ${IfNot} ${Errors}
        FileClose $0
        Return
    ${EndIf}
    ${If} $WasRunning = 0
        MessageBox MB_OKCANCEL|MB_ICONQUESTION "$(ASK_CLOSE)" /SD IDOK IDOK close
        Abort "$(CANCELLED)"
    ${EndIf}
    MessageBox MB_RETRYCANCEL|MB_ICONEXCLAMATION "$(STILL_RUNNING)" /SD IDCANCEL IDRETRY close
    SetErrorLevel ${EXIT_RUNNING}
    ${If} ${Silent}
        Quit
    ${EndIf}
    Abort "$(CANCELLED)"
    close:
    StrCpy $WasRunning 1
    DetailPrint "$(CLOSING)"
    ExecWait '"$INSTDIR\poolcenter.exe" --quit'
    Goto again
FunctionEnd
!macroend
!insertmacro CLOSE_PROGRAM ""
!insertmacro CLOSE_PROGRAM "un."

; A poolctl that runs in some console may run on: its file only gets another name until it ends.
!macro REMOVE_POOLCTL un
Function ${un}remove_poolctl
    Delete "$INSTDIR\poolctl.old"
    ClearErrors
    Delete "$INSTDIR\poolctl.exe"
    ${If} ${Errors}
        Rename "$INSTDIR\poolctl.exe" "$INSTDIR\poolctl.old"
        Delete /REBOOTOK "$INSTDIR\poolctl.old"
    ${EndIf}
    ClearErrors
FunctionEnd
!macroend
!insertmacro REMOVE_POOLCTL ""
!insertmacro REMOVE_POOLCTL "un."

; Removes what files.txt (UTF-16) names: files, then folders (lines that end in \), which must be empty by then. Nothing outside: who prepared
; the folder may not be who installs into it.
!macro REMOVE_FILES un
Function ${un}remove_files
    ClearErrors
    FileOpen $0 "$INSTDIR\files.txt" r
    ${If} ${Errors}
        Return
    ${EndIf}
    next:
    FileReadUTF16LE $0 $1
    ${IfNot} ${Errors}
        StrCpy $1 $1 -2 ; without the end of the line
        StrCpy $2 $1 1 -1
        ${WordFind} "$1" ".." "E+1{" $3 ; an error when it is not there
        ${If} ${Errors}
            ${If} $2 == "\"
                RMDir "$INSTDIR\$1"
            ${Else}
                Delete "$INSTDIR\$1"
            ${EndIf}
        ${EndIf}
        ClearErrors
        Goto next
    ${EndIf}
    FileClose $0
    Delete "$INSTDIR\files.txt"
    ClearErrors
FunctionEnd
!macroend
!insertmacro REMOVE_FILES ""
!insertmacro REMOVE_FILES "un."

;---------------------------------------------------------------- install

Function start_program
    ${If} $MultiUser.InstallMode == "AllUsers"
        ; Explorer does not pass the installer's administrator rights on.
        Exec '"$WINDIR\explorer.exe" "$INSTDIR\poolcenter.exe"'
    ${Else}
        Exec '"$INSTDIR\poolcenter.exe"'
    ${EndIf}
FunctionEnd

!macro TELL_EXPLORER
    ; SHCNE_ASSOCCHANGED
    System::Call 'shell32::SHChangeNotify(i 0x08000000, i 0, p 0, p 0)'
!macroend

!macro WRITE_CLASS key
    WriteRegStr SHCTX "Software\Classes\${key}\DefaultIcon" "" '"$INSTDIR\poolcenter.exe",0'
    WriteRegStr SHCTX "Software\Classes\${key}\shell\open\command" "" '"$INSTDIR\poolcenter.exe" --open "%1"'
!macroend

Function write_registry
    WriteRegStr SHCTX "Software\Classes\.poolsearch" "" "PoolCenter.Search"
    WriteRegStr SHCTX "Software\Classes\PoolCenter.Search" "" "$(SEARCH_TYPE)"
    !insertmacro WRITE_CLASS "PoolCenter.Search"
    WriteRegStr SHCTX "Software\Classes\poolcenter" "" "URL:PoolCenter"
    WriteRegStr SHCTX "Software\Classes\poolcenter" "URL Protocol" ""
    !insertmacro WRITE_CLASS "poolcenter"
    WriteRegStr SHCTX "${APP_PATHS_KEY}" "" "$INSTDIR\poolcenter.exe"
    WriteRegStr SHCTX "${UNINSTALL_KEY}" "DisplayName" "PoolCenter"
    WriteRegStr SHCTX "${UNINSTALL_KEY}" "DisplayVersion" "${VERSION}"
    WriteRegStr SHCTX "${UNINSTALL_KEY}" "DisplayIcon" "$INSTDIR\poolcenter.exe"
    WriteRegStr SHCTX "${UNINSTALL_KEY}" "Publisher" "PoolCenter"
    WriteRegStr SHCTX "${UNINSTALL_KEY}" "InstallLocation" "$INSTDIR"
    WriteRegStr SHCTX "${UNINSTALL_KEY}" "UninstallString" '"$INSTDIR\uninstall.exe" /$MultiUser.InstallMode'
    WriteRegStr SHCTX "${UNINSTALL_KEY}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /$MultiUser.InstallMode /S'
    WriteRegDWORD SHCTX "${UNINSTALL_KEY}" "EstimatedSize" ${SIZE_KB}
    WriteRegDWORD SHCTX "${UNINSTALL_KEY}" "NoModify" 1
    WriteRegDWORD SHCTX "${UNINSTALL_KEY}" "NoRepair" 1
FunctionEnd

Section
    Call close_program
    Call remove_poolctl
    Call remove_files
    !include "${FILES}"
    SetOutPath "$INSTDIR"
    WriteUninstaller "$INSTDIR\uninstall.exe"
    ${If} ${Errors}
        SetErrorLevel ${EXIT_FAILED}
        MessageBox MB_OK|MB_ICONSTOP "$(NOT_WRITTEN)" /SD IDOK
        ${If} ${Silent}
            Quit
        ${EndIf}
        Abort "$(NOT_WRITTEN)"
    ${EndIf}
    CreateShortCut "$SMPROGRAMS\PoolCenter.lnk" "$INSTDIR\poolcenter.exe"
    ${If} $WantsDesktop = 1
        CreateShortCut "$DESKTOP\PoolCenter.lnk" "$INSTDIR\poolcenter.exe"
    ${EndIf}
    Call write_registry
    !insertmacro TELL_EXPLORER
SectionEnd

; In a run with pages, the last page's check box starts it.
Function .onInstSuccess
    ${If} ${Silent}
    ${AndIf} $WasRunning = 1
    ${AndIf} $NoStart = 0
        Call start_program
    ${EndIf}
FunctionEnd

;---------------------------------------------------------------- uninstall

Function un.onInit
    ${GetParameters} $R0
    !insertmacro READ_SWITCH "/Purge" $WantsPurge
    !insertmacro READ_SWITCH "/AllUsers" $R2
    UserInfo::GetAccountType
    Pop $R3
    ${If} $R2 = 1
    ${AndIf} $R3 != "Admin"
        !insertmacro READ_SWITCH "/Elevated" $IsElevated
        ${If} ${Silent}
        ${OrIf} $IsElevated = 1
            SetErrorLevel ${EXIT_ADMIN}
            MessageBox MB_OK|MB_ICONEXCLAMATION "$(NO_RIGHTS_REMOVE)" /SD IDOK
        ${Else}
            StrCpy $R5 "/AllUsers /Elevated"
            ${If} $WantsPurge = 1
                StrCpy $R5 "$R5 /Purge"
            ${EndIf}
            ExecShell "runas" "$INSTDIR\uninstall.exe" "$R5"
        ${EndIf}
        Quit
    ${EndIf}
    !insertmacro MULTIUSER_UNINIT
FunctionEnd

Function un.confirm_page
    !insertmacro MUI_HEADER_TEXT "$(REMOVE_TITLE)" "$(REMOVE_SUBTITLE)"
    nsDialogs::Create 1018
    Pop $0
    ${NSD_CreateLabel} 0 6u 100% 28u "$(REMOVE_TEXT)"
    Pop $0
    ${NSD_CreateCheckBox} 0 44u 100% 12u "$(REMOVE_PURGE)"
    Pop $PurgeBox
    ${NSD_CreateLabel} 12u 58u -12u 28u "$(REMOVE_PURGE_TEXT)"
    Pop $0
    ${If} $WantsPurge = 1
        ${NSD_Check} $PurgeBox
    ${EndIf}
    GetDlgItem $0 $HWNDPARENT 1
    SendMessage $0 ${WM_SETTEXT} 0 "STR:$(^UninstallBtn)"
    nsDialogs::Show
FunctionEnd

Function un.confirm_page_leave
    ${NSD_GetState} $PurgeBox $WantsPurge
FunctionEnd

; Only what still belongs to this installation: another one may have taken it over.
!macro REMOVE_CLASS key
    ReadRegStr $0 SHCTX "Software\Classes\${key}\shell\open\command" ""
    ${If} $0 == '"$INSTDIR\poolcenter.exe" --open "%1"'
        DeleteRegKey SHCTX "Software\Classes\${key}"
    ${EndIf}
!macroend

Function un.purge_settings
    ExecWait '"$INSTDIR\poolcenter.exe" --forget-passwords'
    SetShellVarContext current
    RMDir /r "$APPDATA\PoolCenter"
    ${If} $MultiUser.InstallMode == "AllUsers"
        SetShellVarContext all
    ${EndIf}
FunctionEnd

Section "Uninstall"
    Call un.close_program
    ${If} $WantsPurge = 1
        Call un.purge_settings
    ${EndIf}
    Call un.remove_poolctl
    Call un.remove_files
    Delete "$INSTDIR\uninstall.exe"
    RMDir "$INSTDIR"
    Delete "$SMPROGRAMS\PoolCenter.lnk"
    Delete "$DESKTOP\PoolCenter.lnk"
    !insertmacro REMOVE_CLASS "PoolCenter.Search"
    !insertmacro REMOVE_CLASS "poolcenter"
    ReadRegStr $0 SHCTX "Software\Classes\.poolsearch" ""
    ${If} $0 == "PoolCenter.Search"
        DeleteRegKey SHCTX "Software\Classes\.poolsearch"
    ${EndIf}
    DeleteRegKey SHCTX "${APP_PATHS_KEY}"
    DeleteRegKey SHCTX "${UNINSTALL_KEY}"
    !insertmacro TELL_EXPLORER
SectionEnd
