; SPDX-License-Identifier: GPL-3.0-or-later
;
; What the installer says beyond NSIS's own words, English and German side by side. UTF-8; $\r$\n is a new line.
!macro T name english german
    LangString ${name} ${LANG_ENGLISH} `${english}`
    LangString ${name} ${LANG_GERMAN} `${german}`
!macroend

!insertmacro T WELCOME_TITLE "PoolCenter ${VERSION}" "PoolCenter ${VERSION}"
!insertmacro T WELCOME_TEXT "One native window for every virtualization host: connect over SSH, upload ISO files of any size, make VMs, use their screens.$\r$\n$\r$\nServers and settings of an earlier version are kept.$\r$\n$\r$\nWindows 10 or later, 64 bit. On ARM64 computers with Windows 11 it runs through Windows' own x64 emulation." \
    "Ein Fenster für alle Virtualisierungshosts: über SSH verbinden, ISO-Dateien jeder Größe hochladen, VMs erstellen und bedienen.$\r$\n$\r$\nServer und Einstellungen einer früheren Version bleiben erhalten.$\r$\n$\r$\nWindows 10 oder neuer, 64 Bit. Auf ARM64-Rechnern mit Windows 11 läuft es durch die x64-Emulation von Windows."

!insertmacro T USERS_TITLE "Who will use PoolCenter?" "Wer soll PoolCenter benutzen?"
!insertmacro T USERS_SUBTITLE "Choose for whom it is installed." "Wählen Sie, für wen es installiert wird."
!insertmacro T USERS_ME "Only &me" "Nur i&ch"
!insertmacro T USERS_ME_TEXT "Needs no administrator rights." "Erfordert keine Administratorrechte."
!insertmacro T USERS_ALL "&All users of this computer" "Alle &Benutzer dieses Computers"
!insertmacro T USERS_ALL_TEXT "Windows asks for administrator rights. Everyone has settings of their own." "Windows fragt nach Administratorrechten. Jeder hat eigene Einstellungen."
!insertmacro T USERS_DESKTOP "Put an icon on the &desktop" "Symbol auf den &Desktop legen"
!insertmacro T NO_RIGHTS "Without administrator rights, PoolCenter can only be installed for yourself." "Ohne Administratorrechte lässt sich PoolCenter nur für Sie selbst installieren."
!insertmacro T NO_RIGHTS_REMOVE "Removing PoolCenter for all users needs administrator rights." "Um PoolCenter für alle Benutzer zu entfernen, sind Administratorrechte nötig."
!insertmacro T FINISH_RUN "&Start PoolCenter" "PoolCenter &starten"

!insertmacro T ASK_CLOSE "PoolCenter is running. It is closed now, and can be started again afterwards. Uploads that are under way can be continued then." \
    "PoolCenter läuft gerade. Es wird jetzt geschlossen und kann danach wieder gestartet werden. Laufende Uploads lassen sich dann fortsetzen."
!insertmacro T STILL_RUNNING "The file poolcenter.exe cannot be replaced: PoolCenter still runs, perhaps for another user, or you may not change this folder. Close it, then try again." \
    "Die Datei poolcenter.exe lässt sich nicht ersetzen: PoolCenter läuft noch, vielleicht bei einem anderen Benutzer, oder Sie dürfen diesen Ordner nicht ändern. Schließen Sie es und versuchen Sie es erneut."
!insertmacro T CLOSING "Closing PoolCenter..." "PoolCenter wird geschlossen..."
!insertmacro T CANCELLED "Cancelled: nothing was changed." "Abgebrochen: Es wurde nichts geändert."
!insertmacro T NOT_WRITTEN "Not all files could be written to $INSTDIR. Check the free space and your rights there, then install again." \
    "Nicht alle Dateien ließen sich nach $INSTDIR schreiben. Prüfen Sie dort den freien Platz und Ihre Rechte und installieren Sie erneut."
!insertmacro T TOO_OLD "PoolCenter needs Windows 10 or later." "PoolCenter braucht Windows 10 oder neuer."
!insertmacro T SEARCH_TYPE "PoolCenter search" "PoolCenter-Suche"
!insertmacro T SWITCHES "/S: install without asking$\r$\n/CurrentUser: for this user (as without)$\r$\n/AllUsers: for all users; needs administrator rights$\r$\n/DesktopIcon: also put an icon on the desktop$\r$\n/NoStart: do not start PoolCenter again after an upgrade$\r$\n/D=FOLDER: into this folder; last, without quotation marks$\r$\n$\r$\nuninstall.exe: /S, /Purge (settings, too)" \
    "/S: ohne Fragen installieren$\r$\n/CurrentUser: für diesen Benutzer (wie ohne Angabe)$\r$\n/AllUsers: für alle Benutzer; erfordert Administratorrechte$\r$\n/DesktopIcon: auch ein Symbol auf den Desktop legen$\r$\n/NoStart: PoolCenter nach einem Upgrade nicht wieder starten$\r$\n/D=ORDNER: in diesen Ordner; als Letztes, ohne Anführungszeichen$\r$\n$\r$\nuninstall.exe: /S, /Purge (auch Einstellungen)"

!insertmacro T REMOVE_TITLE "Remove PoolCenter" "PoolCenter entfernen"
!insertmacro T REMOVE_SUBTITLE "The program is removed from this computer." "Das Programm wird von diesem Computer entfernt."
!insertmacro T REMOVE_TEXT "PoolCenter is removed from $INSTDIR. Servers and their VMs are not touched." "PoolCenter wird aus $INSTDIR entfernt. Server und ihre VMs bleiben unberührt."
!insertmacro T REMOVE_PURGE "Also delete my &settings" "Auch meine &Einstellungen löschen"
!insertmacro T REMOVE_PURGE_TEXT "The list of servers, remembered host keys and passwords, and the log. Settings of other users stay." \
    "Die Liste der Server, gemerkte Host-Schlüssel und Kennwörter und das Protokoll. Einstellungen anderer Benutzer bleiben."
