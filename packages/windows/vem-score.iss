; Inno Setup 6: the folder that build_package.py made, as an installer for one user. Never run yet.
;   iscc /DVersion=0.1.0 /DFolder=..\..\dist\vem-score-0.1.0-windows-x86_64 packages\windows\vem-score.iss
[Setup]
AppId={{6C0B6B0E-6D0B-4F0B-9C55-7A0F3D1C6E51}
AppName=VeM Score
AppVersion={#Version}
DefaultDirName={localappdata}\Programs\VeM Score
PrivilegesRequired=lowest
OutputBaseFilename=vem-score-{#Version}-windows-x86_64
DisableProgramGroupPage=yes

[Files]
Source: "{#Folder}\*"; DestDir: "{app}"; Flags: recursesubdirs ignoreversion

[Icons]
Name: "{userprograms}\VeM Score"; Filename: "{app}\python\pythonw.exe"; Parameters: "-I -m vem_plugin panel"

[UninstallRun]
Filename: "{app}\vem.cmd"; Parameters: "resolve uninstall"; Flags: runhidden; RunOnceId: "resolve"
Filename: "{app}\vem.cmd"; Parameters: "core uninstall"; Flags: runhidden; RunOnceId: "core"
