-- VeM Score: place music. Put here by `vem resolve install`, taken away by `vem resolve uninstall`.
-- For editions of Resolve whose menu has no Python: puts the take that the panel prepared on its track, and ends.
-- The rules are those of vem_plugin/resolve/lane.py: nothing is touched that we did not place, every write is read
-- back, and where a step fails those before it are taken back.

local PLAN = "" -- the file of values that the panel writes; filled in by the installation

local FORM = 1 -- of that file
local TITLE, REPORT = "VeM Score", "vem-score-report"
local ATTEMPTS = 3 -- some of Resolve's calls fail at first

local function fail(text)
  error(text, 0)
end

-- What a call listed: a refusal is nil, false or a list of nil, and lists may carry entries that are no numbers.
local function listed(answer)
  local keys, found = {}, {}
  if type(answer) == "table" then
    for key in pairs(answer) do
      if type(key) == "number" then
        keys[#keys + 1] = key
      end
    end
  end
  table.sort(keys)
  for _, key in ipairs(keys) do
    found[#found + 1] = answer[key]
  end
  return found
end

local function file_path(medium)
  return medium and medium:GetClipProperty("File Path") or ""
end

local function same_file(one, other)
  return one:gsub("\\", "/") == other:gsub("\\", "/")
end

local function is_name(found, name)
  return found == name or (found:sub(1, #name + 1) == name .. " " and found:sub(#name + 2):match("^%d+$") ~= nil)
end

-- The steps back, the last change first.
local function new_journal()
  local steps = {}
  return {
    note = function(step)
      steps[#steps + 1] = step
    end,
    undo = function()
      for index = #steps, 1, -1 do
        pcall(steps[index])
      end
    end,
  }
end

local function read_plan()
  local chunk, reason = loadfile(PLAN)
  if chunk == nil then
    fail("No music waits to be placed: choose Place on timeline in the panel first. (" .. tostring(reason) .. ")")
  end
  if setfenv then
    setfenv(chunk, {}) -- it is values; it needs nothing, and gets nothing
  end
  local plan = chunk()
  if type(plan) ~= "table" or plan.form ~= FORM then
    fail("The panel is of another version than this script: run `vem resolve install` again.")
  end
  return plan
end

local function find_timeline(project, id)
  local current = project:GetCurrentTimeline()
  if current and current:GetUniqueId() == id then
    return current
  end
  for index = 1, project:GetTimelineCount() or 0 do
    local found = project:GetTimelineByIndex(index)
    if found and found:GetUniqueId() == id then
      project:SetCurrentTimeline(found) -- appending goes to the current one
      return found
    end
  end
  return nil
end

-- Our bin, directly under the root.
local function our_bin(pool, journal)
  local root = pool:GetRootFolder()
  for _, folder in ipairs(listed(root:GetSubFolderList())) do
    if folder:GetName() == TITLE then
      return folder
    end
  end
  local made = pool:AddSubFolder(root, TITLE)
  if made == nil then
    fail("Resolve did not make the bin " .. TITLE .. ".")
  end
  journal.note(function()
    if #listed(made:GetClipList()) == 0 then
      pool:SetCurrentFolder(root) -- a current bin is not deleted
      pool:DeleteFolders({ made })
    end
  end)
  return made
end

-- The media pool's item of a file, wherever the editor moved it; nil: it is not there.
local function find_medium(folder, path)
  for _, medium in ipairs(listed(folder:GetClipList())) do
    if same_file(file_path(medium), path) then
      return medium
    end
  end
  for _, inner in ipairs(listed(folder:GetSubFolderList())) do
    local found = find_medium(inner, path)
    if found then
      return found
    end
  end
  return nil
end

local function import(pool, plan, journal)
  local medium = find_medium(pool:GetRootFolder(), plan.audio)
  if medium == nil then
    if pool:SetCurrentFolder(our_bin(pool, journal)) ~= true then
      fail("Resolve does not open the bin " .. TITLE .. ".")
    end
    medium = listed(pool:ImportMedia({ plan.audio }))[1] or find_medium(pool:GetRootFolder(), plan.audio)
    if medium == nil then
      fail("Resolve did not import " .. plan.audio .. ".")
    end
    journal.note(function()
      pool:DeleteClips({ medium })
    end)
  end
  local rate = tonumber((tostring(medium:GetClipProperty("FPS") or ""):gsub("[^%d.].*$", "")))
  if rate and math.abs(rate - plan.rate) > 0.01 then
    fail("The project's frame rate is not the timeline's: lay the WAV onto a track by hand, at its timecode.")
  end
  return medium
end

-- The scores of ours on a track, and whether anything else is in the way of the new one.
local function look_at(timeline, index, plan)
  local ours, blocked = {}, false
  for _, item in ipairs(listed(timeline:GetItemListInTrack("audio", index))) do
    local path = file_path(item:GetMediaPoolItem())
    local covered = item:GetStart() < plan.end_frame_excl and plan.record_frame < item:GetEnd()
    local is_ours = false
    for _, known in ipairs(plan.ours) do
      is_ours = is_ours or same_file(path, known)
    end
    if is_ours and (covered or plan.whole) then
      ours[#ours + 1] = { item = item, path = path, track = index }
    elseif covered and path ~= "" then -- transitions have no file, and are in nobody's way
      blocked = true
    end
  end
  return ours, blocked
end

-- The track for the take, our scores that it replaces, and how many tracks of ours there are.
local function find_track(timeline, plan)
  local free, replaced, lanes = nil, {}, 0
  for index = 1, timeline:GetTrackCount("audio") or 0 do
    local ours, blocked = look_at(timeline, index, plan)
    local named = is_name(timeline:GetTrackName("audio", index) or "", plan.lane)
    local subtype = timeline:GetTrackSubType("audio", index)
    if #ours > 0 or (named and (subtype == nil or subtype == "" or subtype == "stereo")) then
      if timeline:GetIsTrackLocked("audio", index) == true then
        fail("The audio track A" .. index .. " is locked: unlock it, then place the music again.")
      end
      lanes = lanes + 1
      free = free or (not blocked and index or nil)
      for _, score in ipairs(ours) do
        replaced[#replaced + 1] = score
      end
    end
  end
  return free, replaced, lanes
end

local function add_track(timeline, plan, lanes, journal)
  local before = timeline:GetTrackCount("audio") or 0
  timeline:AddTrack("audio", "stereo") -- mono, unless it is said
  local index = timeline:GetTrackCount("audio") or 0
  if index ~= before + 1 then
    fail("Resolve did not add an audio track.")
  end
  journal.note(function()
    if timeline:GetTrackCount("audio") == index and #listed(timeline:GetItemListInTrack("audio", index)) == 0 then
      timeline:DeleteTrack("audio", index)
    end
  end)
  timeline:SetTrackName("audio", index, lanes == 0 and plan.lane or plan.lane .. " " .. (lanes + 1))
  return index
end

-- The items of a file that begin at a frame of a track.
local function items_at(timeline, place)
  local found = {}
  for _, item in ipairs(listed(timeline:GetItemListInTrack("audio", place.track))) do
    if item:GetStart() == place.record_frame and same_file(file_path(item:GetMediaPoolItem()), place.path) then
      found[#found + 1] = item
    end
  end
  return found
end

local function delete(timeline, items)
  resolve:OpenPage("edit") -- no other page deletes
  for _ = 1, ATTEMPTS do
    if #items == 0 or timeline:DeleteClips(items, false) == true then
      return true
    end
  end
  return false
end

local function append(pool, place)
  pool:AppendToTimeline({
    {
      mediaPoolItem = place.medium,
      startFrame = place.source_start,
      endFrame = place.source_end_excl,
      mediaType = 2, -- sound alone
      trackIndex = place.track,
      recordFrame = place.record_frame,
    },
  })
end

-- Lay a piece onto the timeline and read it back; only that tells whether Resolve did it.
local function lay(pool, timeline, place, journal)
  journal.note(function()
    delete(timeline, items_at(timeline, place))
  end)
  append(pool, place)
  local item = items_at(timeline, place)[1]
  if item == nil then
    fail("Resolve did not put the music on audio track A" .. place.track .. ": something is in the way there.")
  end
  if item:GetEnd() - item:GetStart() ~= place.source_end_excl - place.source_start then
    fail("Resolve placed the music with another length.")
  end
  return item
end

-- The places of a score that is replaced: as it stands, and what the new one leaves of it before and after.
local function places_of(score, plan)
  local item, first = score.item, score.item:GetStart()
  local source = math.floor(item:GetLeftOffset() or 0)
  local function piece(start, end_excl)
    return {
      medium = item:GetMediaPoolItem(),
      path = score.path,
      track = score.track,
      record_frame = start,
      source_start = source + start - first,
      source_end_excl = source + end_excl - first,
    }
  end
  local left = {}
  if not plan.whole and first < plan.record_frame then
    left[#left + 1] = piece(first, math.min(plan.record_frame, item:GetEnd()))
  end
  if not plan.whole and plan.end_frame_excl < item:GetEnd() then
    left[#left + 1] = piece(math.max(plan.end_frame_excl, first), item:GetEnd())
  end
  return piece(first, item:GetEnd()), left
end

local function take_off(pool, timeline, replaced, plan, journal)
  local items, pieces = {}, {}
  for _, score in ipairs(replaced) do
    local whole, left = places_of(score, plan)
    items[#items + 1] = score.item
    for _, piece in ipairs(left) do
      pieces[#pieces + 1] = piece
    end
    journal.note(function()
      if #items_at(timeline, whole) == 0 then
        append(pool, whole)
      end
    end)
  end
  if not delete(timeline, items) then
    fail("Resolve did not delete the earlier take: close any dialog, then place the music again.")
  end
  for _, piece in ipairs(pieces) do
    lay(pool, timeline, piece, journal)
  end
end

-- Level and fades that the editor gave to a clip, where this version tells them (21.1).
local function sound_of(item)
  local told, fades = pcall(item.GetFades, item)
  local _, properties = pcall(item.GetProperty, item)
  return { fades = told and fades or nil, volume = type(properties) == "table" and properties.AudioVolume or nil }
end

local function give_sound(item, sound)
  if sound and sound.volume then
    pcall(item.SetProperties, item, { AudioVolume = sound.volume })
  end
  if sound and sound.fades then
    pcall(item.SetFades, item, sound.fades)
  end
end

local function switch_off(timeline, muted, journal)
  if muted == nil or timeline:GetTrackName("audio", muted.number) ~= muted.name then
    return -- none was asked for, or it is another track now
  end
  if timeline:GetIsTrackEnabled("audio", muted.number) ~= false then
    journal.note(function()
      timeline:SetTrackEnable("audio", muted.number, true)
    end)
    timeline:SetTrackEnable("audio", muted.number, false)
  end
end

local function place(pool, timeline, plan, journal)
  local medium = import(pool, plan, journal)
  local track, replaced, lanes = find_track(timeline, plan)
  local sound = replaced[1] and sound_of(replaced[1].item)
  track = track or add_track(timeline, plan, lanes, journal)
  take_off(pool, timeline, replaced, plan, journal)
  local item = lay(pool, timeline, {
    medium = medium,
    path = file_path(medium),
    track = track,
    record_frame = plan.record_frame,
    source_start = plan.source_start,
    source_end_excl = plan.source_end_excl,
  }, journal)
  give_sound(item, sound)
  switch_off(timeline, plan.muted, journal)
  pcall(medium.SetThirdPartyMetadata, medium, plan.tag_key, plan.tag)
  for _, marker in ipairs(plan.markers) do
    medium:AddMarker(marker.frame, marker.color, marker.name, "", 1, marker.data)
  end
end

-- Nothing can be printed here: what went wrong is a marker at the timeline's beginning.
local function report(timeline, text)
  for frame = 0, 9 do
    if timeline:AddMarker(frame, "Red", TITLE, text, 1, REPORT) == true then
      return
    end
  end
end

local function main()
  local manager = resolve:GetProjectManager()
  local project = manager and manager:GetCurrentProject()
  local shown = project and project:GetCurrentTimeline()
  if shown == nil then
    return
  end
  pcall(shown.DeleteMarkerByCustomData, shown, REPORT)
  local pool, page, timecode = project:GetMediaPool(), resolve:GetCurrentPage(), shown:GetCurrentTimecode()
  local folder, journal = pool:GetCurrentFolder(), new_journal()
  local placed, reason = pcall(function()
    local plan = read_plan()
    local timeline = find_timeline(project, plan.timeline_id)
    if timeline == nil then
      fail("This music is for the timeline " .. plan.timeline .. ", which is not in this project.")
    end
    if timeline:GetStartFrame() ~= plan.start_frame then
      fail("The timeline begins at another timecode than when it was sent: send it again.")
    end
    place(pool, timeline, plan, journal)
  end)
  if not placed then
    journal.undo()
  end
  pool:SetCurrentFolder(folder)
  project:SetCurrentTimeline(shown)
  if timecode then
    shown:SetCurrentTimecode(timecode)
  end
  if page then
    resolve:OpenPage(page)
  end
  if not placed then
    report(shown, tostring(reason))
  end
end

pcall(main)
