@echo off
rem Starts the window from wherever this folder lies.
start "" "%~dp0python\pythonw.exe" -I -m vem_plugin panel %*
