<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
<context>
    <name>AnotherPiece</name>
    <message>
        <source>Nothing changed: the take stays as it is. Another seed makes another piece.</source>
        <translation>没有任何改动：这一版保持原样。换一个种子可得到另一首音乐。</translation>
    </message>
    <message>
        <source>Another piece</source>
        <translation>另一首音乐</translation>
    </message>
</context>
<context>
    <name>BriefModel</name>
    <message>
        <source>What</source>
        <translation>项目</translation>
    </message>
    <message>
        <source>Is</source>
        <translation>内容</translation>
    </message>
    <message>
        <source>Because</source>
        <translation>依据</translation>
    </message>
    <message>
        <source>as you set it</source>
        <translation>按您的设定</translation>
    </message>
    <message>
        <source>your words</source>
        <translation>您的文字</translation>
    </message>
    <message>
        <source>markers</source>
        <translation>标记</translation>
    </message>
    <message>
        <source>the temp track</source>
        <translation>临时音乐</translation>
    </message>
    <message>
        <source>names of clips</source>
        <translation>片段名称</translation>
    </message>
    <message>
        <source>the picture</source>
        <translation>画面</translation>
    </message>
    <message>
        <source>the pace of the cuts</source>
        <translation>剪辑节奏</translation>
    </message>
    <message>
        <source>nobody said</source>
        <translation>无人说明</translation>
    </message>
    <message>
        <source>Double-click to change it</source>
        <translation>双击可更改</translation>
    </message>
    <message>
        <source>open</source>
        <translation>不限</translation>
    </message>
    <message>
        <source>{because} (not sure)</source>
        <translation>{because}（不确定）</translation>
    </message>
    <message>
        <source>the words of {take}</source>
        <translation>{take}的文字</translation>
    </message>
    <message>
        <source>as {take} had it</source>
        <translation>与{take}相同</translation>
    </message>
    <message>
        <source>{beats} beats to the bar</source>
        <translation>每小节 {beats} 拍</translation>
    </message>
    <message>
        <source>as the energy has it</source>
        <translation>随能量而定</translation>
    </message>
    <message>
        <source>Style</source>
        <translation>风格</translation>
    </message>
    <message>
        <source>Tempo</source>
        <translation>速度</translation>
    </message>
    <message>
        <source>Key</source>
        <translation>调</translation>
    </message>
    <message>
        <source>Metre</source>
        <translation>拍子</translation>
    </message>
    <message>
        <source>Mood</source>
        <translation>情绪</translation>
    </message>
    <message>
        <source>Instruments</source>
        <translation>乐器</translation>
    </message>
    <message>
        <source>Density</source>
        <translation>密度</translation>
    </message>
    <message>
        <source>Ending</source>
        <translation>结尾</translation>
    </message>
    <message>
        <source>only {0}</source>
        <translation>只用 {0}</translation>
    </message>
    <message>
        <source>with {0}</source>
        <translation>加入 {0}</translation>
    </message>
    <message>
        <source>Level of {0}</source>
        <translation>{0}的音量</translation>
    </message>
    <message>
        <source>without {0}</source>
        <translation>不要 {0}</translation>
    </message>
    <message>
        <source>the style&apos;s own</source>
        <translation>风格自带</translation>
    </message>
</context>
<context>
    <name>BriefView</name>
    <message>
        <source>What the music will be</source>
        <translation>音乐将会怎样</translation>
    </message>
    <message>
        <source>On the timeline itself: {words}</source>
        <translation>时间线自身：{words}</translation>
    </message>
    <message>
        <source>Reading the words and the pictures ...</source>
        <translation>正在读取文字和画面……</translation>
    </message>
    <message>
        <source>Open a timeline to see what its music would be, and why.</source>
        <translation>打开时间线，即可看到音乐将会怎样以及原因。</translation>
    </message>
    <message>
        <source>Nothing was asked for in words. Double-click a value to change it.</source>
        <translation>没有用文字提出要求。双击某一项即可更改。</translation>
    </message>
    <message>
        <source>Understood: {words}</source>
        <translation>已理解：{words}</translation>
    </message>
    <message>
        <source>How far the tempo may bend to meet the cuts</source>
        <translation>为对上剪辑点，速度可以变化多少</translation>
    </message>
    <message>
        <source>{met} of {counted} cuts met; the tempo leaves home by {excursion:.1%} at most. Pick a point to change it.</source>
        <translation>{counted} 个剪辑点对上 {met} 个；速度最多偏离基准 {excursion:.1%}。点选一处即可更改。</translation>
    </message>
    <message>
        <source>Bend</source>
        <translation>速度变化</translation>
    </message>
</context>
<context>
    <name>Caution</name>
    <message>
        <source>Nobody has stated the licence of {model}: no paid work with this music before you know it.</source>
        <translation>没有人说明 {model} 的许可证：弄清之前，请勿将其音乐用于商业项目。</translation>
    </message>
    <message>
        <source>Not for paid work: {model} is licensed under {licence}. Use its music for trials and private work.</source>
        <translation>不可用于商业项目：{model} 的许可证是 {licence}。其音乐仅供试用和私人用途。</translation>
    </message>
</context>
<context>
    <name>Controller</name>
    <message>
        <source>Take {number} (sketch)</source>
        <translation>第 {number} 版（草稿）</translation>
    </message>
    <message>
        <source>Use a take&apos;s settings</source>
        <translation>使用某一版的设置</translation>
    </message>
    <message>
        <source>Score</source>
        <translation>配乐</translation>
    </message>
    <message>
        <source>Variants</source>
        <translation>变体</translation>
    </message>
    <message>
        <source>Take {number}</source>
        <translation>第 {number} 版</translation>
    </message>
</context>
<context>
    <name>DeliveryForm</name>
    <message>
        <source>For the edit, -16 LUFS</source>
        <translation>剪辑用，-16 LUFS</translation>
    </message>
    <message>
        <source>EBU R 128, -23 LUFS</source>
        <translation>EBU R 128 广播，-23 LUFS</translation>
    </message>
    <message>
        <source>Streaming, -14 LUFS</source>
        <translation>流媒体，-14 LUFS</translation>
    </message>
    <message>
        <source>Theatrical, only the peak</source>
        <translation>影院，只限峰值</translation>
    </message>
    <message>
        <source>A number of your own</source>
        <translation>自定数值</translation>
    </message>
    <message>
        <source>Also make stems</source>
        <translation>同时生成分轨</translation>
    </message>
    <message>
        <source>Place stems on their own lanes</source>
        <translation>分轨各放一条轨道</translation>
    </message>
    <message>
        <source>Also make MIDI</source>
        <translation>同时生成 MIDI</translation>
    </message>
    <message>
        <source>Files say that they were generated</source>
        <translation>在文件中注明由程序生成</translation>
    </message>
    <message>
        <source>For machines, in the files&apos; metadata; nothing is hidden in the sound. The law may ask for it.</source>
        <translation>供机器读取，写在文件的元数据中；声音里不藏任何东西。法律可能要求这样做。</translation>
    </message>
    <message>
        <source> frames</source>
        <translation> 帧</translation>
    </message>
    <message>
        <source>What may be done with the music is said here, once there is a take.</source>
        <translation>有了版本之后，这里会说明音乐可以怎样使用。</translation>
    </message>
    <message>
        <source>Licence of the model: {0}</source>
        <translation>模型许可：{0}</translation>
    </message>
    <message>
        <source>Form</source>
        <translation>形式</translation>
    </message>
    <message>
        <source>&amp;Loudness</source>
        <translation>响度(&amp;L)</translation>
    </message>
    <message>
        <source>Loudness in LUFS</source>
        <translation>响度 (LUFS)</translation>
    </message>
    <message>
        <source>&amp;Format</source>
        <translation>格式(&amp;F)</translation>
    </message>
    <message>
        <source>The 48 kHz WAV is always made too</source>
        <translation>始终同时生成 48 kHz WAV</translation>
    </message>
    <message>
        <source>Sample rate</source>
        <translation>采样率</translation>
    </message>
    <message>
        <source>The mix is placed too, switched off</source>
        <translation>混音也会放上，但处于关闭状态</translation>
    </message>
    <message>
        <source>Handles</source>
        <translation>余量</translation>
    </message>
    <message>
        <source>Extra music around the range, placed as trimmed media</source>
        <translation>范围前后多出的音乐，以修剪过的素材放置</translation>
    </message>
    <message>
        <source>&amp;Before</source>
        <translation>之前(&amp;B)</translation>
    </message>
    <message>
        <source>&amp;After</source>
        <translation>之后(&amp;A)</translation>
    </message>
    <message>
        <source>Rights</source>
        <translation>权利</translation>
    </message>
    <message>
        <source>Format</source>
        <translation>格式</translation>
    </message>
    <message>
        <source>Stems</source>
        <translation>分轨</translation>
    </message>
    <message>
        <source>MIDI</source>
        <translation>MIDI 文件</translation>
    </message>
    <message>
        <source>Loudness</source>
        <translation>响度</translation>
    </message>
    <message>
        <source>Stems on lanes</source>
        <translation>分轨上轨道</translation>
    </message>
    <message>
        <source>Mark</source>
        <translation>标记</translation>
    </message>
</context>
<context>
    <name>DirectionForm</name>
    <message>
        <source>What the music should be</source>
        <translation>音乐应当是什么样</translation>
    </message>
    <message>
        <source>What should the music be? A sentence is enough.</source>
        <translation>想要什么样的音乐？一句话就够了。</translation>
    </message>
    <message>
        <source>Click to write it so</source>
        <translation>点击即可改写</translation>
    </message>
    <message>
        <source>From the words</source>
        <translation>由文字决定</translation>
    </message>
    <message>
        <source>Automatic</source>
        <translation>自动</translation>
    </message>
    <message>
        <source>The style&apos;s own</source>
        <translation>风格自带</translation>
    </message>
    <message>
        <source>Any</source>
        <translation>任意</translation>
    </message>
    <message>
        <source>As the style does</source>
        <translation>由风格决定</translation>
    </message>
    <message>
        <source>Steady: one tempo</source>
        <translation>稳定：一个速度</translation>
    </message>
    <message>
        <source>Free: follows every cut</source>
        <translation>自由：跟随每个剪辑点</translation>
    </message>
    <message>
        <source>Few: one cut in ten</source>
        <translation>少：十个剪辑点取一</translation>
    </message>
    <message>
        <source>Some: one cut in four</source>
        <translation>适中：四个剪辑点取一</translation>
    </message>
    <message>
        <source>Many: one cut in two</source>
        <translation>多：两个剪辑点取一</translation>
    </message>
    <message>
        <source>How many cuts are played as accents</source>
        <translation>多少剪辑点以重音奏出</translation>
    </message>
    <message>
        <source>Ring out on the last frame</source>
        <translation>余音到最后一帧</translation>
    </message>
    <message>
        <source>Last hit on the last frame</source>
        <translation>最后一击落在最后一帧</translation>
    </message>
    <message>
        <source>Fade</source>
        <translation>淡出</translation>
    </message>
    <message>
        <source>Play to the end and stop</source>
        <translation>奏到结尾即停</translation>
    </message>
    <message>
        <source>From the cut</source>
        <translation>由剪辑决定</translation>
    </message>
    <message>
        <source>Ignore what the shots look like</source>
        <translation>不理会镜头画面</translation>
    </message>
    <message>
        <source>Roll</source>
        <translation>掷骰</translation>
    </message>
    <message>
        <source>Another seed: another piece for the same cut</source>
        <translation>换一个种子：同一剪辑的另一首曲子</translation>
    </message>
    <message>
        <source>Heard as: {0}, {1}, {2}</source>
        <translation>理解为：{0}、{1}、{2}</translation>
    </message>
    <message>
        <source>Not understood: {word}. Did you mean {near}?</source>
        <translation>未能理解：{word}。您是指 {near} 吗？</translation>
    </message>
    <message>
        <source>&amp;Style</source>
        <translation>风格(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;Mood</source>
        <translation>情绪(&amp;M)</translation>
    </message>
    <message>
        <source>&amp;Key</source>
        <translation>调性(&amp;K)</translation>
    </message>
    <message>
        <source>Tem&amp;po</source>
        <translation>速度(&amp;P)</translation>
    </message>
    <message>
        <source>&amp;Bend</source>
        <translation>伸缩(&amp;B)</translation>
    </message>
    <message>
        <source>&amp;Accents</source>
        <translation>重音(&amp;A)</translation>
    </message>
    <message>
        <source>&amp;Ending</source>
        <translation>结尾(&amp;E)</translation>
    </message>
    <message>
        <source>&amp;Intensity</source>
        <translation>强度(&amp;I)</translation>
    </message>
    <message>
        <source>S&amp;eed</source>
        <translation>种子(&amp;E)</translation>
    </message>
    <message>
        <source>M&amp;odel</source>
        <translation>模型(&amp;O)</translation>
    </message>
    <message>
        <source>Highest tempo</source>
        <translation>最高速度</translation>
    </message>
    <message>
        <source>Intensity from the cut</source>
        <translation>强度由剪辑决定</translation>
    </message>
    <message>
        <source>Words</source>
        <translation>文字</translation>
    </message>
    <message>
        <source>Mood</source>
        <translation>情绪</translation>
    </message>
    <message>
        <source>Style</source>
        <translation>风格</translation>
    </message>
    <message>
        <source>Key</source>
        <translation>调性</translation>
    </message>
    <message>
        <source>Bend</source>
        <translation>伸缩</translation>
    </message>
    <message>
        <source>Accents</source>
        <translation>重音</translation>
    </message>
    <message>
        <source>Ending</source>
        <translation>结尾</translation>
    </message>
    <message>
        <source>Intensity</source>
        <translation>强度</translation>
    </message>
    <message>
        <source>Pictures</source>
        <translation>画面</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>种子</translation>
    </message>
    <message>
        <source>Groove: within 2 % of a home tempo</source>
        <translation>律动：基准速度的 2 % 以内</translation>
    </message>
    <message>
        <source>What the active take made of your words. Click to see all of it, from where, and to change it.</source>
        <translation>当前版如何理解您的文字。点击可查看全部内容与依据，并加以更改。</translation>
    </message>
    <message>
        <source>Rubato: within 5 %</source>
        <translation>自由速度：5 % 以内</translation>
    </message>
    <message>
        <source>Tempo</source>
        <translation>速度</translation>
    </message>
    <message>
        <source>any</source>
        <translation>任意</translation>
    </message>
</context>
<context>
    <name>Exporter</name>
    <message>
        <source>Export the stems into</source>
        <translation>分轨导出到</translation>
    </message>
    <message>
        <source>Music (*.wav)</source>
        <translation>音乐 (*.wav)</translation>
    </message>
    <message>
        <source>MIDI (*.mid)</source>
        <translation>MIDI (*.mid)</translation>
    </message>
    <message>
        <source>Export to</source>
        <translation>导出到</translation>
    </message>
</context>
<context>
    <name>Failures</name>
    <message>
        <source>No core</source>
        <translation>没有核心</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
</context>
<context>
    <name>FormTabs</name>
    <message>
        <source>Presets</source>
        <translation>预设</translation>
    </message>
    <message>
        <source>Apply, save and share directions</source>
        <translation>套用、保存和分享要求</translation>
    </message>
    <message>
        <source>Direction</source>
        <translation>要求</translation>
    </message>
    <message>
        <source>Sound</source>
        <translation>声音</translation>
    </message>
    <message>
        <source>Delivery</source>
        <translation>交付</translation>
    </message>
</context>
<context>
    <name>Help</name>
    <message>
        <source>Play or pause</source>
        <translation>播放或暂停</translation>
    </message>
    <message>
        <source>Backwards, pause, forwards; again: faster</source>
        <translation>倒放、暂停、正放；再按加快</translation>
    </message>
    <message>
        <source>A frame back or on (in the strip)</source>
        <translation>后退或前进一帧（在时间条中）</translation>
    </message>
    <message>
        <source>To the cut before or after (in the strip)</source>
        <translation>到上一个或下一个剪辑点（在时间条中）</translation>
    </message>
    <message>
        <source>Energy of the shot at the playhead (in the strip)</source>
        <translation>播放头处镜头的能量（在时间条中）</translation>
    </message>
    <message>
        <source>The next wish for the cut at the playhead (in the strip)</source>
        <translation>播放头处剪辑点的下一种要求（在时间条中）</translation>
    </message>
    <message>
        <source>Selection from here, to here, none (in the strip)</source>
        <translation>选区从此处、到此处、取消（在时间条中）</translation>
    </message>
    <message>
        <source>Select a range, to score, hear or change it alone (in the strip)</source>
        <translation>选取一段，单独配乐、试听或修改（在时间条中）</translation>
    </message>
    <message>
        <source>Zoom in, zoom out, everything (in the strip)</source>
        <translation>放大、缩小、全部（在时间条中）</translation>
    </message>
    <message>
        <source>Score, or cancel</source>
        <translation>配乐或取消</translation>
    </message>
    <message>
        <source>Place the active take on the timeline</source>
        <translation>把当前版放到时间线上</translation>
    </message>
    <message>
        <source>Back and forth between the last two takes</source>
        <translation>在最近两版之间切换</translation>
    </message>
    <message>
        <source>Hear that take</source>
        <translation>聆听该版</translation>
    </message>
    <message>
        <source>Another seed: another piece</source>
        <translation>换一个种子：另一首乐曲</translation>
    </message>
    <message>
        <source>Undo, redo</source>
        <translation>撤销、重做</translation>
    </message>
    <message>
        <source>Open a timeline; read it again</source>
        <translation>打开时间线；重新读取</translation>
    </message>
    <message>
        <source>A large picture in a window of its own</source>
        <translation>在单独窗口中显示大画面</translation>
    </message>
    <message>
        <source>Keys</source>
        <translation>按键</translation>
    </message>
    <message>
        <source>What they do</source>
        <translation>作用</translation>
    </message>
    <message>
        <source>Keyboard shortcuts</source>
        <translation>键盘快捷键</translation>
    </message>
    <message>
        <source>done</source>
        <translation>完成</translation>
    </message>
    <message>
        <source>notice</source>
        <translation>提示</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>失败</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>时间</translation>
    </message>
    <message>
        <source>Message</source>
        <translation>消息</translation>
    </message>
    <message>
        <source>Messages</source>
        <translation>消息</translation>
    </message>
</context>
<context>
    <name>InstallDialog</name>
    <message>
        <source>Install the core</source>
        <translation>安装核心</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>进度</translation>
    </message>
    <message>
        <source>What the installer says</source>
        <translation>安装程序的输出</translation>
    </message>
    <message>
        <source>Install</source>
        <translation>安装</translation>
    </message>
    <message>
        <source>From a folder of wheels ...</source>
        <translation>从 wheel 文件夹安装…</translation>
    </message>
    <message>
        <source>Without a network: a folder that was made on a machine like this one</source>
        <translation>不用网络：在与本机同类的机器上制作的文件夹</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>It begins ...</source>
        <translation>正在开始…</translation>
    </message>
    <message>
        <source>The folder of wheels</source>
        <translation>wheel 文件夹</translation>
    </message>
    <message>
        <source>The core makes the music, on this machine; nothing leaves it. It goes to {folder} and needs up to {needed:.0f} GB; {free:.1f} GB are free.</source>
        <translation>核心在本机上制作音乐，任何内容都不会离开本机。它装在 {folder}，最多需要 {needed:.0f} GB；可用空间 {free:.1f} GB。</translation>
    </message>
    <message>
        <source>The core is installed. You can close this window and score.</source>
        <translation>核心已安装。可以关闭此窗口并开始配乐。</translation>
    </message>
    <message>
        <source>What was fetched is kept: Install goes on from there.</source>
        <translation>已下载的内容会保留：再按“安装”即从那里继续。</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
</context>
<context>
    <name>Look</name>
    <message>
        <source>no picture</source>
        <translation>无画面</translation>
    </message>
    <message>
        <source>dark</source>
        <translation>暗</translation>
    </message>
    <message>
        <source>bright</source>
        <translation>亮</translation>
    </message>
    <message>
        <source>warm</source>
        <translation>暖</translation>
    </message>
    <message>
        <source>cold</source>
        <translation>冷</translation>
    </message>
    <message>
        <source>pale</source>
        <translation>淡</translation>
    </message>
    <message>
        <source>colourful</source>
        <translation>鲜艳</translation>
    </message>
    <message>
        <source>still</source>
        <translation>静止</translation>
    </message>
    <message>
        <source>fast</source>
        <translation>快</translation>
    </message>
    <message>
        <source>even</source>
        <translation>平稳</translation>
    </message>
</context>
<context>
    <name>MachineCheck</name>
    <message>
        <source>The core is starting ...</source>
        <translation>核心正在启动……</translation>
    </message>
    <message>
        <source>Try again in a moment. If it stays so, install the core again.</source>
        <translation>请稍后重试；如果仍然如此，请重新安装核心。</translation>
    </message>
    <message>
        <source>Core {version} on {device}</source>
        <translation>核心 {version}，运行于 {device}</translation>
    </message>
    <message>
        <source>Models: {models}</source>
        <translation>模型：{models}</translation>
    </message>
    <message>
        <source>{model} cannot be used</source>
        <translation>{model} 无法使用</translation>
    </message>
    <message>
        <source>Reinstall its files.</source>
        <translation>请重新安装它的文件。</translation>
    </message>
    <message>
        <source>Choose an output folder below.</source>
        <translation>请在下方选择输出文件夹。</translation>
    </message>
    <message>
        <source>{folder} cannot be written to</source>
        <translation>{folder} 不可写</translation>
    </message>
    <message>
        <source>{free:.0f} GB free in {folder}</source>
        <translation>{folder} 剩余 {free:.0f} GB</translation>
    </message>
    <message>
        <source>Free some space.</source>
        <translation>请腾出一些空间。</translation>
    </message>
    <message>
        <source>Sound works</source>
        <translation>声音正常</translation>
    </message>
    <message>
        <source>Takes can still be scored, seen and placed.</source>
        <translation>仍然可以配乐、查看和放置。</translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message>
        <source>Report</source>
        <translation>报告</translation>
    </message>
    <message>
        <source>Brief</source>
        <translation>摘要</translation>
    </message>
    <message>
        <source>Shots</source>
        <translation>镜头</translation>
    </message>
    <message>
        <source>Understood</source>
        <translation>理解</translation>
    </message>
    <message>
        <source>Stopped. Nothing was changed.</source>
        <translation>已停止，没有任何改动。</translation>
    </message>
    <message>
        <source>A sketch is ready to hear while the model works.</source>
        <translation>模型工作时，可以先听草稿。</translation>
    </message>
    <message>
        <source>{seconds:.1f} s selected, {cuts}</source>
        <translation>已选 {seconds:.1f} 秒，{cuts}</translation>
    </message>
    <message>
        <source>{cuts} · {minutes}:{seconds:04.1f} · {rate} fps</source>
        <translation>{cuts} · {minutes}:{seconds:04.1f} · {rate} fps</translation>
    </message>
    <message>
        <source>A new piece would be made</source>
        <translation>将制作新的乐曲</translation>
    </message>
    <message>
        <source>{percent} % of take {take} stays</source>
        <translation>第 {take} 版保留 {percent} %</translation>
    </message>
    <message>
        <source>1 shot changed</source>
        <translation>1 个镜头有变</translation>
    </message>
    <message>
        <source>{shots} shots changed</source>
        <translation>{shots} 个镜头有变</translation>
    </message>
    <message>
        <source>1 cut</source>
        <translation>1 个剪辑点</translation>
    </message>
    <message>
        <source>{cuts} cuts</source>
        <translation>{cuts} 个剪辑点</translation>
    </message>
    <message>
        <source>Done. Listen, then place it on the timeline.</source>
        <translation>完成。试听，然后放到时间线上。</translation>
    </message>
    <message>
        <source>No timeline</source>
        <translation>没有时间线</translation>
    </message>
    <message>
        <source>Music</source>
        <translation>音乐</translation>
    </message>
    <message>
        <source>Film</source>
        <translation>影片</translation>
    </message>
    <message>
        <source>Spotting</source>
        <translation>音乐点位</translation>
    </message>
    <message>
        <source>Reading the edit</source>
        <translation>正在读取剪辑</translation>
    </message>
    <message>
        <source>Planning the beats</source>
        <translation>正在规划节拍</translation>
    </message>
    <message>
        <source>Making the music</source>
        <translation>正在生成音乐</translation>
    </message>
    <message>
        <source>Measuring the beats</source>
        <translation>正在测量节拍</translation>
    </message>
    <message>
        <source>Moving beats onto cuts</source>
        <translation>正在对齐节拍</translation>
    </message>
    <message>
        <source>Mastering</source>
        <translation>正在母带处理</translation>
    </message>
    <message>
        <source>Waiting for the core, place {position}</source>
        <translation>等待核心，第 {position} 位</translation>
    </message>
    <message>
        <source> · {s:.0f} s left</source>
        <translation> · 剩余 {s:.0f} 秒</translation>
    </message>
    <message>
        <source>Done, but {count} of your marks could not be met; they stand in red.</source>
        <translation>已完成，但有 {count} 处标记无法满足；它们以红色标出。</translation>
    </message>
    <message>
        <source>{count} variants are made. Switch between them while they play; each keeps the place.</source>
        <translation>已制作 {count} 个变体。播放时即可切换，位置保持不变。</translation>
    </message>
    <message>
        <source>One variant is made.</source>
        <translation>已制作 1 个变体。</translation>
    </message>
    <message>
        <source>Placed: {path}. Open that in your editor, or drag it out of the window.</source>
        <translation>已放置：{path}。在剪辑软件中打开它，或从窗口中拖出。</translation>
    </message>
    <message>
        <source>Placed: {path}</source>
        <translation>已放置：{path}</translation>
    </message>
    <message>
        <source>Show in folder</source>
        <translation>在文件夹中显示</translation>
    </message>
    <message>
        <source>Core: {device}</source>
        <translation>核心：{device}</translation>
    </message>
    <message>
        <source>Start over</source>
        <translation>重新开始</translation>
    </message>
    <message>
        <source>Exported: {path}</source>
        <translation>已导出：{path}</translation>
    </message>
</context>
<context>
    <name>MessageBar</name>
    <message>
        <source>Dismiss the message</source>
        <translation>关闭消息</translation>
    </message>
    <message>
        <source>Dismiss</source>
        <translation>关闭</translation>
    </message>
</context>
<context>
    <name>MixerButton</name>
    <message>
        <source>What is heard: levels, mute and solo</source>
        <translation>听到的声音：电平、静音和独奏</translation>
    </message>
    <message>
        <source>Level of {name}</source>
        <translation>{name}的电平</translation>
    </message>
    <message>
        <source>Mute</source>
        <translation>静音</translation>
    </message>
    <message>
        <source>Solo</source>
        <translation>独奏</translation>
    </message>
    <message>
        <source>Sound</source>
        <translation>声音</translation>
    </message>
    <message>
        <source>Sound (partly muted)</source>
        <translation>声音（部分静音）</translation>
    </message>
</context>
<context>
    <name>Monitor</name>
    <message>
        <source>Picture at the playhead</source>
        <translation>播放头处的画面</translation>
    </message>
</context>
<context>
    <name>PanelApplication</name>
    <message>
        <source>Open timeline</source>
        <translation>打开时间线</translation>
    </message>
    <message>
        <source>Timelines ({0})</source>
        <translation>时间线 ({0})</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>Asking Resolve which timeline is open ...</source>
        <translation>正在询问 Resolve 打开了哪条时间线……</translation>
    </message>
    <message>
        <source>This window changes its language when it is opened next.</source>
        <translation>此窗口在下次打开时切换语言。</translation>
    </message>
    <message>
        <source>Building the demo&apos;s film ...</source>
        <translation>正在制作示例影片……</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>重试</translation>
    </message>
    <message>
        <source>The timeline changed on disk. Read it again: direction and wishes stay with their shots.</source>
        <translation>磁盘上的时间线已改变。重新读取：要求会跟随各自的镜头。</translation>
    </message>
    <message>
        <source>Read again</source>
        <translation>重新读取</translation>
    </message>
    <message>
        <source>The timeline is no longer there. Your takes are safe in {folder}.</source>
        <translation>时间线已不在原处。你的版本安全地保存在 {folder}。</translation>
    </message>
    <message>
        <source>{folder} is read-only: takes are kept in {own}. Choose an output folder before you place one.</source>
        <translation>{folder} 是只读的：版本保存在 {own}。放置之前请选择输出文件夹。</translation>
    </message>
</context>
<context>
    <name>Player</name>
    <message>
        <source>Sound needs a library that is missing ({reason}).</source>
        <translation>缺少声音所需的库（{reason}）。</translation>
    </message>
    <message>
        <source>There is no audio device: the playhead runs silently.</source>
        <translation>没有音频设备：播放头将静音运行。</translation>
    </message>
</context>
<context>
    <name>PresetMenu</name>
    <message>
        <source>Ready-made</source>
        <translation>现成方案</translation>
    </message>
    <message>
        <source>Save as ...</source>
        <translation>另存为……</translation>
    </message>
    <message>
        <source>Take from a file ...</source>
        <translation>从文件载入……</translation>
    </message>
    <message>
        <source>Share as a file</source>
        <translation>分享为文件</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>移除</translation>
    </message>
    <message>
        <source>Save the direction</source>
        <translation>保存要求</translation>
    </message>
    <message>
        <source>Name of the preset</source>
        <translation>预设名称</translation>
    </message>
    <message>
        <source>Presets ({0})</source>
        <translation>预设 ({0})</translation>
    </message>
    <message>
        <source>Preset</source>
        <translation>预设</translation>
    </message>
    <message>
        <source>{0} cannot be saved: {1}.</source>
        <translation>无法保存 {0}：{1}。</translation>
    </message>
    <message>
        <source>Saved the direction as {0}.</source>
        <translation>要求已保存为 {0}。</translation>
    </message>
    <message>
        <source>Take a preset</source>
        <translation>载入预设</translation>
    </message>
    <message>
        <source>Share a preset</source>
        <translation>分享预设</translation>
    </message>
    <message>
        <source>Exported: {path}</source>
        <translation>已导出：{path}</translation>
    </message>
</context>
<context>
    <name>Problems</name>
    <message>
        <source>Choose another output folder in the settings.</source>
        <translation>请在设置中选择另一个输出文件夹。</translation>
    </message>
    <message>
        <source>The sketch model works everywhere; or score a shorter selection.</source>
        <translation>草稿模型在任何机器上都能用；也可以只为较短的选区配乐。</translation>
    </message>
    <message>
        <source>Your direction and takes are safe. Try again: the core is started again.</source>
        <translation>你的要求和版本都安全。请重试：核心会重新启动。</translation>
    </message>
    <message>
        <source>It makes the music; install it here, with one click.</source>
        <translation>它负责制作音乐；在这里一键安装即可。</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>重试</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>Use sketch</source>
        <translation>使用草稿</translation>
    </message>
    <message>
        <source>Read again</source>
        <translation>重新读取</translation>
    </message>
    <message>
        <source>Install the core ...</source>
        <translation>安装核心…</translation>
    </message>
    <message>
        <source>Delete take</source>
        <translation>删除版本</translation>
    </message>
</context>
<context>
    <name>QtOutput</name>
    <message>
        <source>The audio device cannot be opened. Choose another one in the system&apos;s settings.</source>
        <translation>无法打开音频设备。请在系统设置中选择另一个。</translation>
    </message>
    <message>
        <source>The audio device is gone. Connect one, then press Play; nothing else was lost.</source>
        <translation>音频设备已断开。接好后按播放；其他什么都没有丢失。</translation>
    </message>
</context>
<context>
    <name>ReportModel</name>
    <message>
        <source>Cut</source>
        <translation>剪辑点</translation>
    </message>
    <message>
        <source>Error</source>
        <translation>误差</translation>
    </message>
    <message>
        <source>Frames</source>
        <translation>帧</translation>
    </message>
    <message>
        <source>Lands on</source>
        <translation>落在</translation>
    </message>
    <message>
        <source>downbeat</source>
        <translation>强拍</translation>
    </message>
    <message>
        <source>beat</source>
        <translation>拍</translation>
    </message>
    <message>
        <source>off-beat</source>
        <translation>反拍</translation>
    </message>
    <message>
        <source>push</source>
        <translation>前推</translation>
    </message>
    <message>
        <source>stroke</source>
        <translation>重击</translation>
    </message>
    <message>
        <source>subdivision</source>
        <translation>细分</translation>
    </message>
    <message>
        <source>nothing</source>
        <translation>无</translation>
    </message>
    <message>
        <source>silence</source>
        <translation>静默</translation>
    </message>
    <message>
        <source>your hit</source>
        <translation>你要的命中</translation>
    </message>
    <message>
        <source>your drop</source>
        <translation>你要的高潮</translation>
    </message>
    <message>
        <source>ignored as you wish</source>
        <translation>按你的要求忽略</translation>
    </message>
</context>
<context>
    <name>ReportView</name>
    <message>
        <source>Cuts and their beats</source>
        <translation>剪辑点与节拍</translation>
    </message>
    <message>
        <source>Score the timeline to see how the music meets each cut.</source>
        <translation>配乐之后，这里显示音乐如何落在每个剪辑点上。</translation>
    </message>
    <message>
        <source>{measured:.1f} dB softer under speech ({wanted:.1f} wanted)</source>
        <translation>人声之下降低 {measured:.1f} dB（要求 {wanted:.1f}）</translation>
    </message>
    <message>
        <source>no steady tempo</source>
        <translation>没有稳定的速度</translation>
    </message>
    <message>
        <source>{hits:.0%} of the cuts within one frame ({chance:.0%} by chance), {tempo}{loudness}</source>
        <translation>{hits:.0%} 的剪辑点在一帧之内（随机为 {chance:.0%}），{tempo}{loudness}</translation>
    </message>
</context>
<context>
    <name>SettingsDialog</name>
    <message>
        <source>Settings</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>This machine</source>
        <translation>本机</translation>
    </message>
    <message>
        <source>Automatic</source>
        <translation>自动</translation>
    </message>
    <message>
        <source>GPU</source>
        <translation>显卡</translation>
    </message>
    <message>
        <source>Intel GPU</source>
        <translation>Intel 显卡</translation>
    </message>
    <message>
        <source>Apple GPU</source>
        <translation>Apple 显卡</translation>
    </message>
    <message>
        <source>Processor</source>
        <translation>处理器</translation>
    </message>
    <message>
        <source>Also make stems</source>
        <translation>同时生成分轨</translation>
    </message>
    <message>
        <source>Also make MIDI</source>
        <translation>同时生成 MIDI</translation>
    </message>
    <message>
        <source>Beside each timeline</source>
        <translation>在各时间线旁边</translation>
    </message>
    <message>
        <source>Choose ...</source>
        <translation>选择……</translation>
    </message>
    <message>
        <source>Add ...</source>
        <translation>添加……</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>移除</translation>
    </message>
    <message>
        <source>As the file says</source>
        <translation>以文件为准</translation>
    </message>
    <message>
        <source>For edit lists and other files that state no frame rate</source>
        <translation>用于剪辑表和其他未注明帧率的文件</translation>
    </message>
    <message>
        <source> frames</source>
        <translation> 帧</translation>
    </message>
    <message>
        <source>Play the music while it is made, a sketch first where the model is slow</source>
        <translation>边生成边播放音乐；模型较慢时先播放草稿</translation>
    </message>
    <message>
        <source> min</source>
        <translation> 分钟</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>深色</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>浅色</translation>
    </message>
    <message>
        <source>The system&apos;s</source>
        <translation>跟随系统</translation>
    </message>
    <message>
        <source>&amp;Model</source>
        <translation>模型(&amp;M)</translation>
    </message>
    <message>
        <source>&amp;Device</source>
        <translation>设备(&amp;D)</translation>
    </message>
    <message>
        <source>&amp;Loudness</source>
        <translation>响度(&amp;L)</translation>
    </message>
    <message>
        <source>&amp;Output folder</source>
        <translation>输出文件夹(&amp;O)</translation>
    </message>
    <message>
        <source>Look for media in</source>
        <translation>在这些文件夹中查找素材</translation>
    </message>
    <message>
        <source>Frame &amp;rate of edit lists</source>
        <translation>剪辑表的帧率(&amp;R)</translation>
    </message>
    <message>
        <source>Show as a &amp;hit up to</source>
        <translation>命中容差(&amp;H)</translation>
    </message>
    <message>
        <source>&amp;Free the model&apos;s memory after</source>
        <translation>闲置多久后释放模型(&amp;F)</translation>
    </message>
    <message>
        <source>&amp;Theme</source>
        <translation>主题(&amp;T)</translation>
    </message>
    <message>
        <source>Lan&amp;guage</source>
        <translation>语言(&amp;G)</translation>
    </message>
    <message>
        <source>Where the scores go</source>
        <translation>配乐存放处</translation>
    </message>
    <message>
        <source>Where to look for moved media</source>
        <translation>到哪里查找移动过的素材</translation>
    </message>
</context>
<context>
    <name>ShotsModel</name>
    <message>
        <source>Shot</source>
        <translation>镜头</translation>
    </message>
    <message>
        <source>From</source>
        <translation>起点</translation>
    </message>
    <message>
        <source>Words</source>
        <translation>文字</translation>
    </message>
    <message>
        <source>Energy</source>
        <translation>能量</translation>
    </message>
    <message>
        <source>What this shot shows or should sound like. Grey: what the timeline says itself.</source>
        <translation>这个镜头的内容或应有的声音。灰色：时间线自带的文字。</translation>
    </message>
    <message>
        <source>Words of a shot</source>
        <translation>镜头的文字</translation>
    </message>
    <message>
        <source>Energy of a shot</source>
        <translation>镜头的能量</translation>
    </message>
    <message>
        <source>auto</source>
        <translation>自动</translation>
    </message>
</context>
<context>
    <name>ShotsTable</name>
    <message>
        <source>Shots, their words and energy</source>
        <translation>镜头及其文字和能量</translation>
    </message>
    <message>
        <source>Energy {level}</source>
        <translation>能量 {level}</translation>
    </message>
    <message>
        <source>auto</source>
        <translation>自动</translation>
    </message>
</context>
<context>
    <name>SoundForm</name>
    <message>
        <source>No room</source>
        <translation>不让位</translation>
    </message>
    <message>
        <source>Only the level: keep all parts playing</source>
        <translation>只降电平：所有声部照常演奏</translation>
    </message>
    <message>
        <source>Leave it</source>
        <translation>保留</translation>
    </message>
    <message>
        <source>Switch it off</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Follow it, then switch it off</source>
        <translation>跟随它，然后关闭</translation>
    </message>
    <message>
        <source>The one called music</source>
        <translation>名称含“音乐”的轨道</translation>
    </message>
    <message>
        <source>Stop listening</source>
        <translation>停止聆听</translation>
    </message>
    <message>
        <source>Earlier</source>
        <translation>提前</translation>
    </message>
    <message>
        <source>Later</source>
        <translation>推后</translation>
    </message>
    <message>
        <source>one frame</source>
        <translation>一帧</translation>
    </message>
    <message>
        <source>Room for speech</source>
        <translation>为人声让位</translation>
    </message>
    <message>
        <source>&amp;Depth</source>
        <translation>深度(&amp;D)</translation>
    </message>
    <message>
        <source>How much softer the music is under speech than outside it</source>
        <translation>人声之下音乐比别处低多少</translation>
    </message>
    <message>
        <source>&amp;Attack</source>
        <translation>下降(&amp;A)</translation>
    </message>
    <message>
        <source>How long it takes to go down; it is down when speech begins</source>
        <translation>降下去要多久；人声开始时已降到位</translation>
    </message>
    <message>
        <source>&amp;Release</source>
        <translation>恢复(&amp;R)</translation>
    </message>
    <message>
        <source>How long it takes to come back, to a beat</source>
        <translation>恢复要多久，落在拍上</translation>
    </message>
    <message>
        <source>Temp track</source>
        <translation>参考音乐</translation>
    </message>
    <message>
        <source>&amp;Use</source>
        <translation>用法(&amp;U)</translation>
    </message>
    <message>
        <source>Only the scored timeline changes, never your own</source>
        <translation>只改动配好乐的时间线，绝不改你的</translation>
    </message>
    <message>
        <source>&amp;Lane</source>
        <translation>轨道(&amp;L)</translation>
    </message>
    <message>
        <source>Beats against cuts</source>
        <translation>拍子与剪辑点</translation>
    </message>
    <message>
        <source>&amp;Offset</source>
        <translation>偏移(&amp;O)</translation>
    </message>
    <message>
        <source>How far from its cut a beat falls; negative is early</source>
        <translation>拍子离剪辑点多远；负数为提前</translation>
    </message>
    <message>
        <source>&amp;Tolerance</source>
        <translation>容差(&amp;T)</translation>
    </message>
    <message>
        <source>How far off a beat may be and still meet its cut</source>
        <translation>拍子偏离多少仍算命中</translation>
    </message>
    <message>
        <source>A frame earlier</source>
        <translation>提前一帧</translation>
    </message>
    <message>
        <source>A frame later</source>
        <translation>推后一帧</translation>
    </message>
    <message>
        <source>Attack</source>
        <translation>下降</translation>
    </message>
    <message>
        <source>Release</source>
        <translation>恢复</translation>
    </message>
    <message>
        <source>Only the level</source>
        <translation>只降电平</translation>
    </message>
    <message>
        <source>Offset of the beats</source>
        <translation>拍子偏移</translation>
    </message>
    <message>
        <source>Tolerance</source>
        <translation>容差</translation>
    </message>
    <message>
        <source>Listening ...</source>
        <translation>正在聆听……</translation>
    </message>
    <message>
        <source>Listening ... {0:.0f} %</source>
        <translation>正在聆听…… {0:.0f} %</translation>
    </message>
    <message>
        <source>The audio lanes are being read ...</source>
        <translation>正在读取音频轨道……</translation>
    </message>
    <message>
        <source>There are no audio lanes.</source>
        <translation>没有音频轨道。</translation>
    </message>
    <message>
        <source>Nobody speaks on the audio lanes.</source>
        <translation>音频轨道上没有人声。</translation>
    </message>
    <message>
        <source>one place</source>
        <translation>一处</translation>
    </message>
    <message>
        <source>{0} places</source>
        <translation>{0} 处</translation>
    </message>
    <message>
        <source>Speech for {seconds:.1f} s in {places}.</source>
        <translation>人声共 {seconds:.1f} 秒，{places}。</translation>
    </message>
    <message>
        <source>no steady tempo</source>
        <translation>没有稳定速度</translation>
    </message>
    <message>
        <source>no clear key</source>
        <translation>调性不明</translation>
    </message>
    <message>
        <source>energy {0:.2f} to {1:.2f}</source>
        <translation>能量 {0:.2f} 至 {1:.2f}</translation>
    </message>
    <message>
        <source>Heard: {0}. It is the direction now; change it there and in the strip.</source>
        <translation>听到：{0}。现在它就是要求；可在要求页和时间条里更改。</translation>
    </message>
</context>
<context>
    <name>SoundReader</name>
    <message>
        <source>Leave the temp track</source>
        <translation>保留参考音乐</translation>
    </message>
    <message>
        <source>Mute the temp track</source>
        <translation>关闭参考音乐</translation>
    </message>
    <message>
        <source>Follow the temp track</source>
        <translation>跟随参考音乐</translation>
    </message>
    <message>
        <source>Temp track</source>
        <translation>参考音乐</translation>
    </message>
    <message>
        <source>The temp track {0} is no longer there.</source>
        <translation>参考音乐 {0} 已不在。</translation>
    </message>
</context>
<context>
    <name>SpottingModel</name>
    <message>
        <source>From</source>
        <translation>从</translation>
    </message>
    <message>
        <source>To</source>
        <translation>到</translation>
    </message>
    <message>
        <source>What</source>
        <translation>内容</translation>
    </message>
    <message>
        <source>Words</source>
        <translation>文字</translation>
    </message>
    <message>
        <source>mark</source>
        <translation>标记</translation>
    </message>
    <message>
        <source>hit</source>
        <translation>命中</translation>
    </message>
    <message>
        <source>drop</source>
        <translation>高潮</translation>
    </message>
    <message>
        <source>ignored</source>
        <translation>忽略</translation>
    </message>
    <message>
        <source>no music</source>
        <translation>无音乐</translation>
    </message>
    <message>
        <source>speech</source>
        <translation>人声</translation>
    </message>
    <message>
        <source>cue</source>
        <translation>新段落</translation>
    </message>
</context>
<context>
    <name>SpottingView</name>
    <message>
        <source>Markers on the timeline say where: hit or drop inside a shot, music out, music in, cue: and words. Speech is heard on its audio lanes.</source>
        <translation>时间线上的标记说明位置：镜头内的 hit 或 drop，music out、music in，cue: 加文字。人声从音频轨道听取。</translation>
    </message>
    <message>
        <source>Hits, silences, cues and speech</source>
        <translation>命中、静默、段落与人声</translation>
    </message>
</context>
<context>
    <name>StartPage</name>
    <message>
        <source>Open a timeline ...</source>
        <translation>打开时间线……</translation>
    </message>
    <message>
        <source>Try the demo</source>
        <translation>试用示例</translation>
    </message>
    <message>
        <source>Builds a small film of 26 shots and opens it; nothing is downloaded</source>
        <translation>制作一部 26 个镜头的小片并打开；不下载任何内容</translation>
    </message>
    <message>
        <source>Open what Resolve has open</source>
        <translation>打开 Resolve 中打开的时间线</translation>
    </message>
    <message>
        <source>The styles are here as soon as the core has started.</source>
        <translation>核心启动后，各种风格会列在这里。</translation>
    </message>
    <message>
        <source>Timelines that you open are listed here.</source>
        <translation>您打开的时间线会列在这里。</translation>
    </message>
    <message>
        <source>Install the core ...</source>
        <translation>安装核心…</translation>
    </message>
    <message>
        <source>What makes the music is not installed yet. It runs on this machine, and nothing leaves it.</source>
        <translation>制作音乐的核心尚未安装。它在本机运行，任何内容都不会离开本机。</translation>
    </message>
    <message>
        <source>Hear ten seconds of it</source>
        <translation>试听十秒</translation>
    </message>
    <message>
        <source>Hear {style}</source>
        <translation>试听 {style}</translation>
    </message>
    <message>
        <source>Drop a timeline here, or open one</source>
        <translation>将时间线拖到这里，或打开一个</translation>
    </message>
    <message>
        <source>OTIO, FCP7 XML, FCPXML, AAF, EDL, or what is open in DaVinci Resolve Studio (File menu)</source>
        <translation>OTIO、FCP7 XML、FCPXML、AAF、EDL，或 DaVinci Resolve Studio 中打开的内容（文件菜单）</translation>
    </message>
    <message>
        <source>Opened before</source>
        <translation>最近打开</translation>
    </message>
    <message>
        <source>What the styles sound like</source>
        <translation>试听各种风格</translation>
    </message>
</context>
<context>
    <name>Storage</name>
    <message>
        <source>What was kept of this timeline could not be read ({error}).</source>
        <translation>无法读取此时间线保存的内容（{error}）。</translation>
    </message>
    <message>
        <source>The old state is in {name}.</source>
        <translation>旧状态保存在 {name} 中。</translation>
    </message>
</context>
<context>
    <name>StoryboardModel</name>
    <message>
        <source>Shot</source>
        <translation>镜头</translation>
    </message>
    <message>
        <source>Shows</source>
        <translation>内容</translation>
    </message>
    <message>
        <source>Looks</source>
        <translation>外观</translation>
    </message>
    <message>
        <source>What a shot shows</source>
        <translation>镜头内容</translation>
    </message>
</context>
<context>
    <name>Strip</name>
    <message>
        <source>Energy</source>
        <translation>能量</translation>
    </message>
    <message>
        <source>Music</source>
        <translation>音乐</translation>
    </message>
</context>
<context>
    <name>StripHand</name>
    <message>
        <source>Wish of a cut</source>
        <translation>剪辑点的要求</translation>
    </message>
    <message>
        <source>Energy of a shot</source>
        <translation>镜头的能量</translation>
    </message>
    <message>
        <source>Lock</source>
        <translation>锁定</translation>
    </message>
    <message>
        <source>Select</source>
        <translation>选择</translation>
    </message>
    <message>
        <source>Go there</source>
        <translation>前往</translation>
    </message>
    <message>
        <source>Ignore this mark</source>
        <translation>忽略此标记</translation>
    </message>
    <message>
        <source>Widen the tempo</source>
        <translation>放宽速度</translation>
    </message>
    <message>
        <source>Bend</source>
        <translation>速度变化</translation>
    </message>
</context>
<context>
    <name>StripView</name>
    <message>
        <source>auto: on a beat if the music can</source>
        <translation>自动：尽量落在拍上</translation>
    </message>
    <message>
        <source>hit: must land on a beat</source>
        <translation>命中：必须落在拍上</translation>
    </message>
    <message>
        <source>drop: must land on a downbeat, the climax</source>
        <translation>高潮：必须落在强拍上</translation>
    </message>
    <message>
        <source>ignore: the music pays no attention</source>
        <translation>忽略：音乐不理会</translation>
    </message>
    <message>
        <source>Timeline strip</source>
        <translation>时间线条</translation>
    </message>
    <message>
        <source>Shots, cuts, beats, energy and music on one time axis</source>
        <translation>同一时间轴上的镜头、剪辑点、节拍、能量和音乐</translation>
    </message>
    <message>
        <source>Other music here, the rest stays</source>
        <translation>这里换一段音乐，其余不变</translation>
    </message>
    <message>
        <source>Lock this stretch, or unlock it</source>
        <translation>锁定或解锁这一段</translation>
    </message>
    <message>
        <source>cut {number} of {cuts}</source>
        <translation>第 {number} 个剪辑点，共 {cuts} 个</translation>
    </message>
    <message>
        <source>Energy of shot {shot}: {level}. Drag to change it; inside a selection, of all its shots.</source>
        <translation>镜头 {shot} 的能量：{level}。拖动即可更改；在选区内则同时更改其中所有镜头。</translation>
    </message>
    <message>
        <source>shot {number} of {shots}</source>
        <translation>第 {number} 个镜头，共 {shots} 个</translation>
    </message>
    <message>
        <source>Click to change the wish; right-click for all of them.</source>
        <translation>点击更改要求；右键查看全部。</translation>
    </message>
    <message>
        <source>chosen by the tool</source>
        <translation>由工具决定</translation>
    </message>
    <message>
        <source>kept from the take before</source>
        <translation>保留自上一版</translation>
    </message>
    <message>
        <source>regenerated for this cut</source>
        <translation>为此剪辑重新制作</translation>
    </message>
    <message>
        <source>nearest beat {ms:+.1f} ms, {frames:+.2f} frames</source>
        <translation>最近的拍 {ms:+.1f} 毫秒，{frames:+.2f} 帧</translation>
    </message>
</context>
<context>
    <name>TakeCards</name>
    <message>
        <source>{stars} stars</source>
        <translation>{stars} 星</translation>
    </message>
    <message>
        <source>{share:.0%} met</source>
        <translation>对上 {share:.0%}</translation>
    </message>
</context>
<context>
    <name>TakesPanel</name>
    <message>
        <source>Takes</source>
        <translation>版本</translation>
    </message>
    <message>
        <source>A/B</source>
        <translation>A/B</translation>
    </message>
    <message>
        <source>Hear the other of the last two takes, at the same place and loudness (Ctrl+B)</source>
        <translation>在同一位置、同一响度听另一个版本 (Ctrl+B)</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>删除</translation>
    </message>
    <message>
        <source>Take this take off the list; undo brings it back</source>
        <translation>从列表中移除；撤销可恢复</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>导出</translation>
    </message>
    <message>
        <source>Write the take&apos;s music, stems or MIDI where you want them</source>
        <translation>把音乐、分轨或 MIDI 写到你要的地方</translation>
    </message>
    <message>
        <source>Music (WAV) ...</source>
        <translation>音乐 (WAV)……</translation>
    </message>
    <message>
        <source>Stems (WAV) ...</source>
        <translation>分轨 (WAV)……</translation>
    </message>
    <message>
        <source>MIDI ...</source>
        <translation>MIDI……</translation>
    </message>
    <message>
        <source>Variants</source>
        <translation>变体</translation>
    </message>
    <message>
        <source>Make several clearly different pieces at once, to choose from</source>
        <translation>一次制作几段明显不同的音乐供选择</translation>
    </message>
    <message>
        <source>Make {count} variants</source>
        <translation>制作 {count} 个变体</translation>
    </message>
    <message>
        <source>WAV</source>
        <translation>WAV</translation>
    </message>
    <message>
        <source>Once there is a take, drag its WAV from here</source>
        <translation>有了配乐版本后，可从这里拖出它的 WAV</translation>
    </message>
    <message>
        <source>Once a take is placed, drag the scored timeline from here</source>
        <translation>放到时间线上之后，可从这里拖出配好乐的时间线</translation>
    </message>
    <message>
        <source>Timeline</source>
        <translation>时间线</translation>
    </message>
    <message>
        <source>Made only where the delivery asks for stems: tick them there and score again</source>
        <translation>仅在交付要求分轨时制作：请在那里勾选并重新配乐</translation>
    </message>
    <message>
        <source>Made only where the delivery asks for MIDI: tick it there and score again</source>
        <translation>仅在交付要求 MIDI 时制作：请在那里勾选并重新配乐</translation>
    </message>
    <message>
        <source>earlier cut</source>
        <translation>旧剪辑</translation>
    </message>
    <message>
        <source>{model}, seed {seed}</source>
        <translation>{model}，种子 {seed}</translation>
    </message>
    <message>
        <source>Made for an earlier cut of this timeline</source>
        <translation>为此时间线的旧剪辑制作</translation>
    </message>
    <message>
        <source>Delete take</source>
        <translation>删除版本</translation>
    </message>
    <message>
        <source>The take&apos;s WAV: drag it into your editor, click to see its folder</source>
        <translation>该版的 WAV：可拖入剪辑软件，点击可打开其文件夹</translation>
    </message>
    <message>
        <source>The scored timeline: drag it into your editor, click to see its folder</source>
        <translation>配乐后的时间线：可拖入剪辑软件，点击可打开其文件夹</translation>
    </message>
    <message>
        <source>Choose take</source>
        <translation>选择版本</translation>
    </message>
    <message>
        <source>Use these settings</source>
        <translation>使用这些设置</translation>
    </message>
    <message>
        <source>Stars</source>
        <translation>星级</translation>
    </message>
    <message>
        <source>None</source>
        <translation>无</translation>
    </message>
    <message>
        <source>Note ...</source>
        <translation>备注……</translation>
    </message>
    <message>
        <source>Show in folder</source>
        <translation>在文件夹中显示</translation>
    </message>
    <message>
        <source>Rename</source>
        <translation>重命名</translation>
    </message>
    <message>
        <source>Rename take</source>
        <translation>重命名版本</translation>
    </message>
    <message>
        <source>Note</source>
        <translation>备注</translation>
    </message>
    <message>
        <source>What is to be said of this take</source>
        <translation>关于这一版的备注</translation>
    </message>
</context>
<context>
    <name>TempoCurve</name>
    <message>
        <source>steady</source>
        <translation>平稳</translation>
    </message>
    <message>
        <source>groove</source>
        <translation>律动</translation>
    </message>
    <message>
        <source>rubato</source>
        <translation>自由速度</translation>
    </message>
    <message>
        <source>free</source>
        <translation>随剪辑</translation>
    </message>
    <message>
        <source>Cuts met against how far the tempo bends</source>
        <translation>对上的剪辑点与速度变化</translation>
    </message>
    <message>
        <source>{bend}: {share:.0%} of the cuts, {excursion:.1%} off the home tempo</source>
        <translation>{bend}：对上 {share:.0%} 的剪辑点，偏离基准速度 {excursion:.1%}</translation>
    </message>
    <message>
        <source>{point} (chosen)</source>
        <translation>{point}（已选）</translation>
    </message>
</context>
<context>
    <name>Transport</name>
    <message>
        <source>Play</source>
        <translation>播放</translation>
    </message>
    <message>
        <source>Loop</source>
        <translation>循环</translation>
    </message>
    <message>
        <source>Timecode of the playhead</source>
        <translation>播放头的时间码</translation>
    </message>
    <message>
        <source>Zoom out (minus)</source>
        <translation>缩小（减号）</translation>
    </message>
    <message>
        <source>Zoom in (plus)</source>
        <translation>放大（加号）</translation>
    </message>
    <message>
        <source>Fit</source>
        <translation>适合</translation>
    </message>
    <message>
        <source>Show the whole timeline (0)</source>
        <translation>显示整条时间线 (0)</translation>
    </message>
    <message>
        <source>Not for paid work</source>
        <translation>不可用于商业项目</translation>
    </message>
    <message>
        <source>Place on timeline</source>
        <translation>放到时间线上</translation>
    </message>
    <message>
        <source>Put the active take on the audio lane of the timeline (Ctrl+Shift+Return)</source>
        <translation>把当前版本放到时间线的音频轨上 (Ctrl+Shift+回车)</translation>
    </message>
    <message>
        <source>Score timeline</source>
        <translation>为时间线配乐</translation>
    </message>
    <message>
        <source>Make music for the timeline, or for the selected range (Ctrl+Return)</source>
        <translation>为时间线或选区生成音乐 (Ctrl+回车)</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>暂停</translation>
    </message>
    <message>
        <source>Play or pause (Space). J, K and L shuttle.</source>
        <translation>播放或暂停（空格键）。J、K、L 快速走带。</translation>
    </message>
    <message>
        <source>Play the selected range, or everything, again and again. Select with Shift and the mouse, or I and O.</source>
        <translation>反复播放选区，没有选区则反复播放全部。按住 Shift 拖动鼠标，或用 I 和 O 选取。</translation>
    </message>
    <message>
        <source>Score again</source>
        <translation>重新配乐</translation>
    </message>
    <message>
        <source>Refit the music</source>
        <translation>重新适配音乐</translation>
    </message>
    <message>
        <source>Keep this piece of music, and regenerate only what you or the cut changed (Ctrl+Return)</source>
        <translation>保留这段音乐，只重新生成您或剪辑改动的部分（Ctrl+Return）</translation>
    </message>
    <message>
        <source>Score selection</source>
        <translation>为选区配乐</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
</context>
<context>
    <name>UnderstoodView</name>
    <message>
        <source>Read the shots</source>
        <translation>读取镜头</translation>
    </message>
    <message>
        <source>See the words that condition a music model, shot by shot; no music is made</source>
        <translation>查看告诉音乐模型的镜头描述；不会生成音乐</translation>
    </message>
    <message>
        <source>Forget my changes</source>
        <translation>放弃我的修改</translation>
    </message>
    <message>
        <source>What each shot shows</source>
        <translation>各镜头的内容</translation>
    </message>
    <message>
        <source>Read again</source>
        <translation>重新读取</translation>
    </message>
    <message>
        <source>What each shot shows conditions a music model. Read the shots to see it.</source>
        <translation>音乐模型会得知每个镜头的内容。读取镜头即可查看。</translation>
    </message>
    <message>
        <source>Conditioning for models that listen to words, with your changes.</source>
        <translation>连同你的修改告诉能听懂文字的模型。</translation>
    </message>
    <message>
        <source>Read by {parser}. Click a text to change it.</source>
        <translation>由 {parser} 读取。点击文字即可修改。</translation>
    </message>
    <message>
        <source>Theme</source>
        <translation>主题</translation>
    </message>
    <message>
        <source>Atmosphere</source>
        <translation>氛围</translation>
    </message>
    <message>
        <source>Emotion</source>
        <translation>情绪</translation>
    </message>
    <message>
        <source>Style</source>
        <translation>风格</translation>
    </message>
    <message>
        <source>Tags</source>
        <translation>标签</translation>
    </message>
    <message>
        <source>What the film is about</source>
        <translation>影片内容</translation>
    </message>
    <message>
        <source>Forget changes</source>
        <translation>放弃修改</translation>
    </message>
</context>
<context>
    <name>VariantRow</name>
    <message>
        <source>Variants</source>
        <translation>变体</translation>
    </message>
    <message>
        <source>Hear this variant, from the same place on</source>
        <translation>从同一位置听这个变体</translation>
    </message>
</context>
<context>
    <name>WindowBody</name>
    <message>
        <source>Open ...</source>
        <translation>打开……</translation>
    </message>
    <message>
        <source>Open a timeline (Ctrl+O), or drop one on the window</source>
        <translation>打开时间线 (Ctrl+O)，或把它拖到窗口上</translation>
    </message>
    <message>
        <source>The core is starting ...</source>
        <translation>核心正在启动……</translation>
    </message>
    <message>
        <source>What makes the music, on this machine; click for more</source>
        <translation>在本机制作音乐的核心；点击查看更多</translation>
    </message>
    <message>
        <source>Music</source>
        <translation>音乐</translation>
    </message>
    <message>
        <source>Cuts</source>
        <translation>剪辑点</translation>
    </message>
    <message>
        <source>Takes</source>
        <translation>版本</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>进度</translation>
    </message>
    <message>
        <source>Picture</source>
        <translation>画面</translation>
    </message>
</context>
<context>
    <name>WindowMenus</name>
    <message>
        <source>&amp;File</source>
        <translation>文件(&amp;F)</translation>
    </message>
    <message>
        <source>&amp;Open timeline ...</source>
        <translation>打开时间线(&amp;O)……</translation>
    </message>
    <message>
        <source>Open what &amp;Resolve has open</source>
        <translation>打开 &amp;Resolve 中的时间线</translation>
    </message>
    <message>
        <source>Open &amp;recent</source>
        <translation>最近打开(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Read timeline again</source>
        <translation>重新读取时间线(&amp;R)</translation>
    </message>
    <message>
        <source>Export &amp;music ...</source>
        <translation>导出音乐(&amp;M)……</translation>
    </message>
    <message>
        <source>Export &amp;stems ...</source>
        <translation>导出分轨(&amp;S)……</translation>
    </message>
    <message>
        <source>Export M&amp;IDI ...</source>
        <translation>导出 MIDI(&amp;I)……</translation>
    </message>
    <message>
        <source>Se&amp;ttings ...</source>
        <translation>设置(&amp;T)……</translation>
    </message>
    <message>
        <source>&amp;Close window</source>
        <translation>关闭窗口(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>退出(&amp;Q)</translation>
    </message>
    <message>
        <source>&amp;Edit</source>
        <translation>编辑(&amp;E)</translation>
    </message>
    <message>
        <source>&amp;Undo</source>
        <translation>撤销(&amp;U)</translation>
    </message>
    <message>
        <source>&amp;Redo</source>
        <translation>重做(&amp;R)</translation>
    </message>
    <message>
        <source>Another &amp;seed</source>
        <translation>换一个种子(&amp;S)</translation>
    </message>
    <message>
        <source>Start &amp;over</source>
        <translation>重新开始(&amp;O)</translation>
    </message>
    <message>
        <source>&amp;Whole timeline</source>
        <translation>整条时间线(&amp;W)</translation>
    </message>
    <message>
        <source>&amp;Music</source>
        <translation>音乐(&amp;M)</translation>
    </message>
    <message>
        <source>&amp;Score, or cancel</source>
        <translation>配乐或取消(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;Place on timeline</source>
        <translation>放到时间线上(&amp;P)</translation>
    </message>
    <message>
        <source>&amp;Vary the selection</source>
        <translation>变化选区(&amp;V)</translation>
    </message>
    <message>
        <source>Other music for the selected range of this take; the rest stays</source>
        <translation>为此版的选区换一段音乐；其余不变</translation>
    </message>
    <message>
        <source>&amp;Lock the selection, or unlock it</source>
        <translation>锁定或解锁选区(&amp;L)</translation>
    </message>
    <message>
        <source>What is locked stays as it is when the timeline is scored again</source>
        <translation>锁定的部分在重新配乐时保持原样</translation>
    </message>
    <message>
        <source>Play or p&amp;ause</source>
        <translation>播放或暂停(&amp;A)</translation>
    </message>
    <message>
        <source>&amp;Compare the last two takes</source>
        <translation>比较最近两个版本(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Next variant</source>
        <translation>下一个变体(&amp;N)</translation>
    </message>
    <message>
        <source>Variant be&amp;fore</source>
        <translation>上一个变体(&amp;F)</translation>
    </message>
    <message>
        <source>The &amp;brief</source>
        <translation>摘要(&amp;B)</translation>
    </message>
    <message>
        <source>Hear &amp;take</source>
        <translation>听版本(&amp;T)</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>视图(&amp;V)</translation>
    </message>
    <message>
        <source>Zoom &amp;in</source>
        <translation>放大(&amp;I)</translation>
    </message>
    <message>
        <source>Zoom &amp;out</source>
        <translation>缩小(&amp;O)</translation>
    </message>
    <message>
        <source>&amp;Fit</source>
        <translation>适合(&amp;F)</translation>
    </message>
    <message>
        <source>&amp;Strip</source>
        <translation>时间线条(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;Large picture</source>
        <translation>大画面(&amp;L)</translation>
    </message>
    <message>
        <source>&amp;Messages ...</source>
        <translation>消息(&amp;M)……</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>帮助(&amp;H)</translation>
    </message>
    <message>
        <source>&amp;Keyboard shortcuts</source>
        <translation>键盘快捷键(&amp;K)</translation>
    </message>
    <message>
        <source>&amp;Guide to the window</source>
        <translation>窗口指南(&amp;G)</translation>
    </message>
    <message>
        <source>This &amp;machine ...</source>
        <translation>本机(&amp;M)……</translation>
    </message>
</context>
</TS>
