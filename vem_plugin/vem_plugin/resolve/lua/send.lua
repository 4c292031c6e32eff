-- VeM Score: send timeline. Put here by `vem resolve install`, taken away by `vem resolve uninstall`.
-- For editions of Resolve whose menu has no Python: writes the open timeline as OTIO where the panel looks, and ends.

local INBOX = "" -- the folder that the panel watches, with its last separator; filled in by the installation

local TITLE, REPORT = "VeM Score", "vem-score-report"

-- A name as any system's files may have it, of at most 60 bytes, not cut within a letter.
local function file_name(text)
  local plain = (text or ""):gsub('[%c<>:"/\\|?*]+', "_"):gsub("%-%-+", "-")
  local cut_within = (plain:byte(61) or 0) >= 128 and plain:byte(61) < 192
  plain = plain:sub(1, 60)
  if cut_within then
    plain = plain:gsub("[\194-\244]?[\128-\191]*$", "", 1)
  end
  plain = plain:gsub("^[ .]+", ""):gsub("[ .]+$", "")
  return plain ~= "" and plain or "Timeline"
end

-- Nothing can be printed here: what went wrong is a marker at the timeline's beginning.
local function report(timeline, text)
  for frame = 0, 9 do
    if timeline:AddMarker(frame, "Red", TITLE, text, 1, REPORT) == true then
      return
    end
  end
end

local function send(timeline)
  local id = timeline:GetUniqueId() or ""
  if not id:match("^[%w%-]+$") then
    error("Resolve does not say which timeline this is.", 0)
  end
  local path = INBOX .. file_name(timeline:GetName()) .. "--" .. id .. ".otio"
  if timeline:Export(path, resolve.EXPORT_OTIO) ~= true then
    error("Resolve did not write " .. path .. ". Export it by File > Export > Timeline, and open that file.", 0)
  end
end

local function main()
  local manager = resolve:GetProjectManager()
  local project = manager and manager:GetCurrentProject()
  local timeline = project and project:GetCurrentTimeline()
  if timeline == nil then
    return
  end
  pcall(timeline.DeleteMarkerByCustomData, timeline, REPORT) -- of the last attempt: it is no wish of the editor's
  local sent, reason = pcall(send, timeline)
  if not sent then
    report(timeline, tostring(reason))
  end
end

pcall(main)
